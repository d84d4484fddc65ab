#define CERTIFY_DIRECT_PATH direct_avx2
#define CERTIFY_ENGINE_LANES 8
#include "models/engine/direct_kernel.h"
