#define CERTIFY_DIRECT_PATH direct_avx512_bf16
#define CERTIFY_ENGINE_LANES 16
#define CERTIFY_ENGINE_BF16
#include "models/engine/direct_kernel.h"
