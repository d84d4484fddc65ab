#define CERTIFY_DIRECT_PATH direct_bf16_on_avx512
#define CERTIFY_ENGINE_LANES 16
#define CERTIFY_ENGINE_BF16
#define CERTIFY_ENGINE_BF16_BY_FMA
#include "models/engine/direct_kernel.h"
