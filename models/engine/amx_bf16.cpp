#define CERTIFY_AMX_PATH amx_bf16
#define CERTIFY_ENGINE_LANES 16
#define CERTIFY_ENGINE_BF16
#include "models/engine/amx_kernel.h"
