#define CERTIFY_WINOGRAD_PATH winograd_avx512
#define CERTIFY_ENGINE_LANES 16
#include "models/engine/winograd_kernel.h"
