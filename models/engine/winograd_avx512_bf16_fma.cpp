#define CERTIFY_WINOGRAD_PATH winograd_avx512_bf16_fma
#define CERTIFY_ENGINE_LANES 16
#define CERTIFY_ENGINE_BF16
#define CERTIFY_ENGINE_BF16_BY_FMA
#include "models/engine/winograd_kernel.h"
