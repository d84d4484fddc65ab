#include "models/cohen_loop.h"

#include <ATen/Parallel.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/tensorexpr_fuser.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/script.h>
#include <torch/torch.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/noise/families.h"

namespace certify {
namespace {

/// LibTorch's switches for the whole process as they are when nobody has touched them, so that his
/// loop is not measured under the engine's, nor the engine under his.
class DefaultSettings {
 public:
  DefaultSettings() {
    torch::jit::getProfilingMode() = true;
    torch::jit::setTensorExprFuserEnabled(true);
    at::globalContext().setAllowTF32CuDNN(true);
    at::globalContext().setBenchmarkCuDNN(false);
  }
  ~DefaultSettings() {
    torch::jit::getProfilingMode() = profiling_;
    torch::jit::setTensorExprFuserEnabled(fuser_);
    at::globalContext().setAllowTF32CuDNN(tf32_);
    at::globalContext().setBenchmarkCuDNN(benchmark_);
  }
  DefaultSettings(const DefaultSettings&) = delete;
  DefaultSettings& operator=(const DefaultSettings&) = delete;

 private:
  bool profiling_ = torch::jit::getProfilingMode();
  bool fuser_ = torch::jit::tensorExprFuserEnabled();
  bool tf32_ = at::globalContext().allowTF32CuDNN();
  bool benchmark_ = at::globalContext().benchmarkCuDNN();
};

/// Constants of a frozen graph in another precision and layout.
void convert(torch::jit::Block* block, at::ScalarType type, bool channels_last) {
  const auto value = c10::attr::value;
  for (auto* node : block->nodes()) {
    for (auto* inner : node->blocks()) convert(inner, type, channels_last);
    if (node->kind() != c10::prim::Constant || !node->hasAttribute(value) ||
        node->kindOf(value) != torch::jit::AttributeKind::t) {
      continue;
    }
    at::Tensor tensor = node->t(value);
    if (!tensor.is_floating_point()) continue;
    tensor = tensor.to(type);
    if (channels_last && tensor.dim() == 4) {
      tensor = tensor.contiguous(at::MemoryFormat::ChannelsLast);
    }
    node->t_(value, tensor);
    node->output()->inferTypeFrom(tensor);
  }
}

}  // namespace

struct CohenLoop::State {
  /// [B,C,H,W] on the device
  at::Tensor noisy_batch(std::int64_t rows) {
    if (steps.own_noise) return own_noise_batch(rows);
    const at::Tensor batch = x.repeat({rows, 1, 1, 1});
    const at::Tensor noise = torch::randn_like(batch) * sigma;
    return batch + noise;
  }

  at::Tensor own_noise_batch(std::int64_t rows) {
    const auto& s = image.shape;
    const std::int64_t size = s.size();
    const at::Tensor batch = torch::empty({rows, s.height, s.width, s.channels});
    const NoiseGenerator noise({&default_noise_family(), sigma});
    for (std::int64_t r = 0; r < rows; ++r) {
      noise.add(hwc.data(), batch.data_ptr<float>() + r * size, size, {0, 0, Phase::kEstimation},
                static_cast<std::uint32_t>(drawn + r));
    }
    return batch.permute({0, 3, 1, 2}).to(device);
  }

  /// @return class of each row
  at::Tensor predictions(std::int64_t rows) {
    at::Tensor batch = noisy_batch(rows);
    if (steps.half) batch = batch.to(at::kHalf);
    if (steps.frozen) {
      batch = batch.contiguous(steps.channels_last ? at::MemoryFormat::ChannelsLast
                                                   : at::MemoryFormat::Contiguous);
    }
    drawn += rows;
    return module.forward({batch}).toTensor().argmax(1).to(at::kCPU);
  }

  LoopSteps steps;
  Image image;
  double sigma;
  at::Device device;
  std::vector<float> hwc;
  torch::jit::Module module;
  at::Tensor x;  // [C,H,W]
  std::int64_t drawn = 0;
};

CohenLoop::CohenLoop(const std::filesystem::path& model, const std::string& device, LoopSteps steps,
                     Image image, double sigma)
    : state_(new State{steps, std::move(image), sigma, at::Device(device), {}, {}, {}, 0}) {
  State& s = *state_;
  const DefaultSettings defaults;
  const torch::NoGradGuard no_grad;
  try {
    s.module = torch::jit::load(model.string(), s.device);
    s.module.eval();
    if (steps.frozen) {
      s.module = torch::jit::freeze(s.module);
      convert(s.module.get_method("forward").graph()->block(), steps.half ? at::kHalf : at::kFloat,
              steps.channels_last);
    }
  } catch (const c10::Error& error) {
    throw DataError(fmt::format("{}: {}", model.string(), error.what_without_backtrace()));
  }
  const ImageShape& shape = s.image.shape;
  const at::Tensor x =
      torch::from_blob(s.image.pixels.data(), {shape.channels, shape.height, shape.width});
  const at::Tensor hwc = x.permute({1, 2, 0}).contiguous();
  s.hwc.assign(hwc.data_ptr<float>(), hwc.data_ptr<float>() + hwc.numel());
  s.x = x.to(s.device);
}

CohenLoop::~CohenLoop() = default;

ClassCounts CohenLoop::sample(std::int64_t n, std::int64_t batch, int threads) {
  const DefaultSettings defaults;
  const torch::NoGradGuard no_grad;
  std::optional<c10::InferenceMode> inference;
  if (state_->steps.frozen) inference.emplace();
  if (at::get_num_threads() != threads) at::set_num_threads(threads);  // a call costs 30 ms
  ClassCounts counts;
  while (n > 0) {
    const std::int64_t rows = std::min(batch, n);
    n -= rows;
    const at::Tensor classes = state_->predictions(rows);
    for (std::int64_t r = 0; r < rows; ++r) {  // his loop over numpy's elements, one at a time
      const auto k = static_cast<std::size_t>(classes[r].item<std::int64_t>());
      if (k >= counts.votes.size()) counts.votes.resize(k + 1);
      ++counts.votes[k];
    }
  }
  return counts;
}

int libtorch_default_threads() { return at::get_num_threads(); }

}  // namespace certify
