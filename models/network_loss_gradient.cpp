#include "models/network_loss_gradient.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "models/differentiable_network.h"

namespace certify {
namespace {

at::Tensor loss_of(const at::Tensor& logits, int attacked, AttackLoss loss) {
  const at::Tensor log_p = logits.log_softmax(1).select(1, attacked);
  return loss == AttackLoss::kSoft ? -log_p.logsumexp(0) : -log_p.mean();
}

class NetworkLossGradient final : public LossGradient {
 public:
  NetworkLossGradient(const std::filesystem::path& file, const ImageShape& shape,
                      const Normalization& normalization, const NetworkOptions& options)
      : network_(file, shape, normalization, options) {}

  void gradient(const float* batch, std::int64_t rows, int attacked, AttackLoss loss,
                float* out) const override {
    try {
      at::set_num_threads(1);  // of the calling thread: N workers beat N threads a worker
      const at::Tensor leaf = network_.leaf(batch, rows);
      const at::Tensor value = loss_of(network_.logits(leaf), attacked, loss);
      const at::Tensor sum = DifferentiableNetwork::gradient(value, leaf).sum(0).contiguous();
      std::copy_n(sum.data_ptr<float>(), sum.numel(), out);
    } catch (const std::exception& error) {
      network_.fail(error);
    }
  }

 private:
  DifferentiableNetwork network_;
};

}  // namespace

std::unique_ptr<LossGradient> open_loss_gradient(const std::filesystem::path& file,
                                                 ImageShape shape,
                                                 const Normalization& normalization,
                                                 const NetworkOptions& options) {
  return std::make_unique<NetworkLossGradient>(file, shape, normalization, options);
}

}  // namespace certify
