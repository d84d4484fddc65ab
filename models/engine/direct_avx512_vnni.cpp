#define CERTIFY_DIRECT_PATH direct_avx512_vnni
#define CERTIFY_ENGINE_INT8
#define CERTIFY_ENGINE_VNNI
#include "models/engine/direct_kernel.h"
