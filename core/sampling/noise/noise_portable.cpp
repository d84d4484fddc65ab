#define CERTIFY_NOISE_PATH add_noise_portable
#include "core/sampling/noise/noise_kernel.h"
