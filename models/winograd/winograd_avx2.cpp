#define CERTIFY_WINOGRAD_PATH winograd_conv_avx2
#define CERTIFY_WINOGRAD_LANES 8
#include "models/winograd/winograd_kernel.h"
