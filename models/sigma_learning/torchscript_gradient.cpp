#include "models/sigma_learning/torchscript_gradient.h"

#include <cstring>

#include "models/differentiable_network.h"
#include "models/torchscript_network.h"

namespace certify {

TorchScriptGradient::TorchScriptGradient(const std::filesystem::path& file, ImageShape shape,
                                         const Normalization& normalization,
                                         const std::string& device) {
  set_arithmetic({device, Precision::kFp32, /*deterministic=*/device == "cpu"});
  network_ = std::make_unique<DifferentiableNetwork>(file, shape, normalization, device);
  std::vector<float> grey(static_cast<std::size_t>(shape.size()), 0.5F);
  forward(grey.data(), 1, 0).gradients(grey.data());
}

TorchScriptGradient::~TorchScriptGradient() = default;

DifferentiableClassifier::Pass TorchScriptGradient::forward(const float* images, std::int64_t rows,
                                                            int label) const {
  try {
    const at::Tensor leaf = network_->leaf(images, rows);
    const at::Tensor output = network_->logits(leaf).softmax(1).select(1, label);
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
