#include "models/learning/sigma_learning/network_gradient.h"

#include <ATen/ops/tensor.h>

#include <cstring>
#include <vector>

#include "models/differentiable_network.h"
#include "models/libtorch_settings.h"

namespace certify {

NetworkGradient::NetworkGradient(const std::filesystem::path& file, ImageShape shape,
                                 const Normalization& normalization, const std::string& device) {
  const NetworkOptions options{device, Precision::kFp32, /*deterministic=*/device == "cpu"};
  set_arithmetic(options);
  network_ = std::make_unique<DifferentiableNetwork>(file, shape, normalization, device);
  contest_ = std::make_unique<AlgorithmContest>(options);
}

NetworkGradient::~NetworkGradient() = default;

bool NetworkGradient::takes_many_images() const { return !network_->device().is_cpu(); }

DifferentiableClassifier::Pass NetworkGradient::forward(const float* images,
                                                        std::span<const int> labels) const {
  try {
    const auto rows = static_cast<std::int64_t>(labels.size());
    const at::Tensor leaf = network_->leaf(images, rows);
    const at::Tensor chosen = at::tensor(std::vector<std::int64_t>(labels.begin(), labels.end()))
                                  .view({rows, 1})
                                  .to(leaf.device());
    const at::Tensor output = network_->logits(leaf).softmax(1).gather(1, chosen).select(1, 0);
    const at::Tensor values = output.detach().cpu().contiguous();
    Pass pass;
    pass.probabilities.assign(values.data_ptr<float>(), values.data_ptr<float>() + rows);
    pass.gradients = [network = network_.get(), leaf, output](float* out) {
      try {
        const at::Tensor found = DifferentiableNetwork::gradient(output, leaf);
        std::memcpy(out, found.data_ptr<float>(),
                    static_cast<std::size_t>(found.numel()) * sizeof(float));
      } catch (const std::exception& error) {
        network->fail(error);
      }
    };
    return pass;
  } catch (const std::exception& error) {
    network_->fail(error);
  }
}

}  // namespace certify
