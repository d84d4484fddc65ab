#define CERTIFY_WINOGRAD_PATH winograd_conv_avx512
#define CERTIFY_WINOGRAD_LANES 16
#include "models/winograd/winograd_kernel.h"
