#define CERTIFY_WINOGRAD_PATH winograd_bf16_on_avx2
#define CERTIFY_ENGINE_LANES 8
#define CERTIFY_ENGINE_BF16
#define CERTIFY_ENGINE_BF16_BY_FMA
#include "models/engine/winograd_kernel.h"
