#define CERTIFY_AMX_PATH amx_int8
#define CERTIFY_ENGINE_INT8
#define CERTIFY_ENGINE_VNNI
#include "models/engine/amx_kernel.h"
