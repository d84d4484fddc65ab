#define CERTIFY_DIRECT_PATH direct_int8
#define CERTIFY_ENGINE_INT8
#include "models/engine/direct_kernel.h"
