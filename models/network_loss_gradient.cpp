#include "models/network_loss_gradient.h"

#include <cstring>

#include "models/differentiable_network.h"

namespace certify {
namespace {

at::Tensor loss_of(const at::Tensor& logits, int attacked, AttackLoss loss) {
  const at::Tensor log_p = logits.log_softmax(1).select(1, attacked);
  return loss == AttackLoss::kSoft ? -log_p.logsumexp(0) : -log_p.mean();
}

}  // namespace

NetworkLossGradient::NetworkLossGradient(const std::filesystem::path& file, ImageShape shape,
                                         const Normalization& normalization,
                                         const std::string& device)
    : network_(std::make_unique<DifferentiableNetwork>(file, shape, normalization, device)) {}

NetworkLossGradient::~NetworkLossGradient() = default;

void NetworkLossGradient::gradient(const float* batch, std::int64_t rows, int attacked,
                                   AttackLoss loss, float* out) const {
  try {
    const at::Tensor leaf = network_->leaf(batch, rows);
    const at::Tensor value = loss_of(network_->logits(leaf), attacked, loss);
    const at::Tensor sum = DifferentiableNetwork::gradient(value, leaf).sum(0).contiguous();
    std::memcpy(out, sum.data_ptr<float>(), static_cast<std::size_t>(sum.numel()) * sizeof(float));
  } catch (const std::exception& error) {
    network_->fail(error);
  }
}

}  // namespace certify
