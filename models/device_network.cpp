#include "models/device_network.h"

#include <ATen/ops/tensor.h>

namespace certify {

at::Tensor normalized(const at::Tensor& images, const Normalization& normalization) {
  if (normalization.mean.empty()) return images;
  const auto per_channel = [&](const std::vector<float>& values) {
    return at::tensor(values).view({1, -1, 1, 1}).to(images.device());
  };
  return images.sub(per_channel(normalization.mean)).div(per_channel(normalization.stddev));
}

}  // namespace certify
