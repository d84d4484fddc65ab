#define CERTIFY_WINOGRAD_PATH winograd_avx2
#define CERTIFY_ENGINE_LANES 8
#include "models/engine/winograd_kernel.h"
