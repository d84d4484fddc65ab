#include "models/torchscript_loss_gradient.h"

#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/torch.h>

#include <cstring>
#include <new>
#include <vector>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "models/torchscript_network.h"

namespace certify {
namespace {

at::Tensor per_channel(const std::vector<float>& values, const at::Device& device) {
  return torch::tensor(values).view({1, -1, 1, 1}).to(device);
}

at::Tensor loss_of(const at::Tensor& logits, int attacked, AttackLoss loss) {
  const at::Tensor log_p = logits.to(at::kFloat).log_softmax(1).select(1, attacked);
  return loss == AttackLoss::kSoft ? -log_p.logsumexp(0) : -log_p.mean();
}

}  // namespace

struct TorchScriptLossGradient::Impl {
  Impl(const std::filesystem::path& file, const ImageShape& of_images, const Normalization& before,
       const std::string& on)
      : name(file.string()), shape(of_images), device(on), module(torch::jit::load(name, device)) {
    module.eval();
    module.to(at::kFloat);
    for (const at::Tensor& p : module.parameters()) at::Tensor(p).set_requires_grad(false);
    if (before.mean.empty()) return;
    mean = per_channel(before.mean, device);
    stddev = per_channel(before.stddev, device);
  }

  /// @return [H,W,C] on the host
  at::Tensor gradient(const float* batch, std::int64_t rows, int attacked, AttackLoss loss) {
    // A step at a time, derivatives by autograd: nothing is compiled that could differ on the
    // second call.
    const torch::jit::GraphOptimizerEnabledGuard as_it_is(false);
    const at::AutoGradMode with_gradients(true);
    at::Tensor input = torch::from_blob(const_cast<float*>(batch),  // copied
                                        {rows, shape.height, shape.width, shape.channels})
                           .permute({0, 3, 1, 2})
                           .to(device, at::kFloat, /*non_blocking=*/false, /*copy=*/true);
    input.set_requires_grad(true);
    const at::Tensor shown = mean.defined() ? (input - mean) / stddev : input;
    const at::Tensor logits = module.forward({shown}).toTensor();
    const auto by_input = torch::autograd::grad({loss_of(logits, attacked, loss)}, {input});
    return by_input.at(0).sum(0).permute({1, 2, 0}).to(at::kCPU).contiguous();
  }

  std::string name;
  ImageShape shape;
  at::Device device;
  torch::jit::Module module;
  at::Tensor mean, stddev;
};

TorchScriptLossGradient::TorchScriptLossGradient(const std::filesystem::path& file,
                                                 ImageShape shape,
                                                 const Normalization& normalization,
                                                 const std::string& device) {
  try {
    impl_ = std::make_unique<Impl>(file, shape, normalization, device);
  } catch (const std::exception& error) {
    throw DataError(fmt::format("{}: not a TorchScript model that can be loaded: {}", file.string(),
                                reason(error)));
  }
  const std::vector<float> gray(static_cast<std::size_t>(shape.size()), 0.5f);
  std::vector<float> out(gray.size());
  gradient(gray.data(), 1, 0, AttackLoss::kCohen, out.data());
}

TorchScriptLossGradient::~TorchScriptLossGradient() = default;

void TorchScriptLossGradient::gradient(const float* batch, std::int64_t rows, int attacked,
                                       AttackLoss loss, float* out) const {
  thread_local const bool single_threaded = [] {
    at::set_num_threads(1);  // a setting of the calling thread
    return true;
  }();
  static_cast<void>(single_threaded);
  try {
    const at::Tensor result = impl_->gradient(batch, rows, attacked, loss);
    std::memcpy(out, result.data_ptr<float>(),
                static_cast<std::size_t>(impl_->shape.size()) * sizeof(float));
  } catch (const std::exception& error) {
    if (is_out_of_host_memory(error)) throw std::bad_alloc();
    throw DataError(
        fmt::format("{}: has no gradient by its input: {}", impl_->name, reason(error)));
  }
}

}  // namespace certify
