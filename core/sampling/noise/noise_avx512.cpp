#define CERTIFY_NOISE_PATH add_noise_avx512
#include "core/sampling/noise/noise_kernel.h"
