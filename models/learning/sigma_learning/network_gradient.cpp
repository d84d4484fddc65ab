#include "models/learning/sigma_learning/network_gradient.h"

#include <ATen/Parallel.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <vector>

#include "models/differentiable_network.h"
#include "models/libtorch_settings.h"

namespace certify {
namespace {

class NetworkGradient final : public DifferentiableClassifier {
 public:
  NetworkGradient(const std::filesystem::path& file, const ImageShape& shape,
                  const Normalization& normalization, const NetworkOptions& options)
      : network_(file, shape, normalization, options), contest_(options) {}

  bool takes_many_images() const override { return !network_.device().is_cpu(); }

  Pass forward(const float* images, std::span<const int> labels) const override {
    try {
      at::set_num_threads(1);  // of the calling thread: N workers beat N threads a worker
      const auto rows = static_cast<std::int64_t>(labels.size());
      const at::Tensor leaf = network_.leaf(images, rows);
      const at::Tensor chosen = at::tensor(std::vector<std::int64_t>(labels.begin(), labels.end()))
                                    .view({rows, 1})
                                    .to(leaf.device());
      const at::Tensor output = network_.logits(leaf).softmax(1).gather(1, chosen).select(1, 0);
      const at::Tensor values = output.detach().cpu().contiguous();
      Pass pass;
      pass.probabilities.assign(values.data_ptr<float>(), values.data_ptr<float>() + rows);
      pass.gradients = [this, leaf, output](float* out) {
        try {
          const at::Tensor found = DifferentiableNetwork::gradient(output, leaf);
          std::copy_n(found.data_ptr<float>(), found.numel(), out);
        } catch (const std::exception& error) {
          network_.fail(error);
        }
      };
      return pass;
    } catch (const std::exception& error) {
      network_.fail(error);
    }
  }

 private:
  DifferentiableNetwork network_;
  AlgorithmContest contest_;  // every step has the same shapes
};

}  // namespace

std::unique_ptr<DifferentiableClassifier> open_network_gradient(const std::filesystem::path& file,
                                                                ImageShape shape,
                                                                const Normalization& normalization,
                                                                NetworkOptions options) {
  options.precision = Precision::kFp32;
  options.deterministic = options.device == "cpu";
  set_arithmetic(options);
  return std::make_unique<NetworkGradient>(file, shape, normalization, options);
}

}  // namespace certify
