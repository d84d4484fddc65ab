#include "models/devices.h"

#include <torch/cuda.h>

#ifdef CERTIFY_CUDA
#include <ATen/cuda/CUDAContext.h>
#endif

namespace certify {

std::vector<std::string> resolve_devices(const std::string& text) {
  const bool usable = text != "cpu" && torch::cuda::is_available();
  return parse_devices(text, usable ? static_cast<int>(torch::cuda::device_count()) : 0);
}

std::string gpu_name([[maybe_unused]] const std::string& device) {
#ifdef CERTIFY_CUDA
  if (device != "cpu") return at::cuda::getDeviceProperties(c10::Device(device).index())->name;
#endif
  return "";
}

}  // namespace certify
