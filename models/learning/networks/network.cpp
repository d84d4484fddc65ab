#include "models/learning/networks/network.h"

#include <cmath>

#include "models/learning/networks/resnet.h"
#include "models/learning/networks/small_cnn.h"

namespace certify {

torch::jit::Module make_network(const Architecture& architecture, int classes,
                                const Normalization& normalization) {
  const auto make =
      architecture.family == Architecture::Family::kSmallCnn ? make_small_cnn : make_resnet;
  return make(architecture, classes, normalization);
}

void initialize(const torch::jit::Module& network, at::Generator generator) {
  const torch::NoGradGuard no_grad;
  for (const auto& parameter : network.named_parameters()) {
    at::Tensor value = parameter.value;
    if (value.dim() == 4) {
      const auto fan_out = static_cast<double>(value.size(0) * value.size(2) * value.size(3));
      value.normal_(0, std::sqrt(2 / fan_out), generator);
    } else if (value.dim() == 2) {
      const double bound = 1 / std::sqrt(static_cast<double>(value.size(1)));
      value.uniform_(-bound, bound, generator);
    }
  }
}

}  // namespace certify
