#define CERTIFY_DIRECT_PATH direct_avx512
#define CERTIFY_ENGINE_LANES 16
#include "models/engine/direct_kernel.h"
