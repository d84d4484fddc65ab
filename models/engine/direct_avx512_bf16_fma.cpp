#define CERTIFY_DIRECT_PATH direct_avx512_bf16_fma
#define CERTIFY_ENGINE_LANES 16
#define CERTIFY_ENGINE_BF16
#define CERTIFY_ENGINE_BF16_BY_FMA
#include "models/engine/direct_kernel.h"
