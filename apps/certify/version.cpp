#include "apps/certify/version.h"

#ifdef CERTIFY_TORCH
#include <torch/version.h>
#endif

namespace certify {

std::string libtorch_version() {
#ifdef CERTIFY_TORCH
  return TORCH_VERSION;
#else
  return "";
#endif
}

}  // namespace certify
