#define CERTIFY_WINOGRAD_PATH winograd_avx512_bf16
#define CERTIFY_ENGINE_LANES 16
#define CERTIFY_ENGINE_BF16
#include "models/engine/winograd_kernel.h"
