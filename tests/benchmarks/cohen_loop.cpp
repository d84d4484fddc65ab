// The sampling loop of Cohen et al. 2019 (`Smooth._sample_noise` of smoothing/core.py) in C++,
// operation by operation, and what becomes of it one improvement at a time. compare.py asks it as
// it asks cohen_loop.py: a greeting, then a JSON object for each line "BATCH THREADS SECONDS" of
// the input.

#include <ATen/Parallel.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/tensorexpr_fuser.h>
#include <torch/script.h>
#include <torch/torch.h>
#ifdef CERTIFY_CUDA
#include <c10/cuda/CUDACachingAllocator.h>
#endif

#include <cstdint>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "apps/certify/bench/machine.h"
#include "core/base/samples.h"
#include "core/noise/families.h"

namespace certify {
namespace {

struct LoopOptions {
  std::string model, device = "cpu";
  std::vector<std::int64_t> shape;  // C,H,W
  float sigma = 0.25F;
  // Steps of the way to the engine. All off: the loop as published.
  bool frozen = false;         // constants in the graph, BatchNorm folded; no autograd bookkeeping
  bool channels_last = false;  // needs `frozen`
  bool half = false;           // fp16, needs `frozen`; for CUDA
  bool own_noise = false;      // the engine's noise, written once in place of repeat, randn, +
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

class Loop {
 public:
  explicit Loop(const LoopOptions& options) : o_(options), device_(options.device) {
    // As published: operation by operation. A LibTorch that has LLVM (Debian 13's 2.6) would fuse
    // them on the CPU, and compiles minutes for each batch's size that comes.
    if (device_.is_cpu()) torch::jit::setTensorExprFuserEnabled(false);
    module_ = torch::jit::load(o_.model, device_);
    module_.eval();
    if (o_.frozen) {
      module_ = torch::jit::freeze(module_);
      convert(module_.get_method("forward").graph()->block(), o_.half ? at::kHalf : at::kFloat,
              o_.channels_last);
    }
    const at::Tensor x = torch::rand(o_.shape);
    hwc_ = x.permute({1, 2, 0}).contiguous();
    x_ = x.to(device_);
  }

  Measurement measure(std::int64_t batch, int threads, double seconds) {
    if (at::get_num_threads() != threads) at::set_num_threads(threads);  // a call costs 30 ms
    if (device_.is_cuda()) warm_up(batch);
    const UsageMeter meter;
    std::int64_t samples = 0;
    do {
      if (sample(batch).total() != batch) throw std::logic_error("the loop lost samples");
      samples += batch;
    } while (meter.seconds() < seconds);
    const Measurement measured = meter.read(samples);
#ifdef CERTIFY_CUDA  // for the other rows' turns
    if (device_.is_cuda()) c10::cuda::CUDACachingAllocator::emptyCache();
#endif
    return measured;
  }

 private:
  /// The first run of a batch's size allocates, the second compiles what the first saw.
  void warm_up(std::int64_t batch) {
    for (int i = 0; i < 2; ++i) sample(batch);
  }

  ClassCounts sample(std::int64_t batch) {
    const torch::NoGradGuard no_grad;
    std::optional<c10::InferenceMode> inference;
    if (o_.frozen) inference.emplace();
    ClassCounts counts;
    const at::Tensor classes = predictions(batch);
    for (std::int64_t r = 0; r < batch; ++r) {  // as published: numpy's elements, one at a time
      const auto k = static_cast<std::size_t>(classes[r].item<std::int64_t>());
      if (k >= counts.votes.size()) counts.votes.resize(k + 1);
      ++counts.votes[k];
    }
    return counts;
  }

  /// @return class of each row, on the host
  at::Tensor predictions(std::int64_t rows) {
    at::Tensor batch = o_.own_noise ? own_noise_batch(rows) : noisy_batch(rows);
    if (o_.half) batch = batch.to(at::kHalf);
    if (o_.frozen) {
      batch = batch.contiguous(o_.channels_last ? at::MemoryFormat::ChannelsLast
                                                : at::MemoryFormat::Contiguous);
    }
    return module_.forward({batch}).toTensor().argmax(1).to(at::kCPU);
  }

  /// [B,C,H,W] on the device
  at::Tensor noisy_batch(std::int64_t rows) const {
    const at::Tensor batch = x_.repeat({rows, 1, 1, 1});
    const at::Tensor noise = torch::randn_like(batch) * o_.sigma;
    return batch + noise;
  }

  at::Tensor own_noise_batch(std::int64_t rows) {
    const NoiseGenerator noise({&plain_noise_family(), o_.sigma});
    const std::int64_t size = hwc_.numel();
    const at::Tensor batch = torch::empty({rows, o_.shape[1], o_.shape[2], o_.shape[0]});
    for (std::int64_t r = 0; r < rows; ++r, ++drawn_) {
      noise.add(hwc_.data_ptr<float>(), batch.data_ptr<float>() + r * size, size,
                {0, 0, Phase::kEstimation}, drawn_);
    }
    return batch.permute({0, 3, 1, 2}).to(device_);
  }

  LoopOptions o_;
  at::Device device_;
  torch::jit::Module module_;
  at::Tensor x_;    // [C,H,W] on the device
  at::Tensor hwc_;  // [H,W,C] on the host
  std::uint32_t drawn_ = 0;
};

int serve(int argc, char** argv) {
  const int default_threads = at::get_num_threads();  // it forgets once anything else has run
  LoopOptions o;
  CLI::App app("The sampling loop of Cohen et al. in C++, for compare.py");
  app.add_option("--model", o.model, "TorchScript file")->required();
  app.add_option("--shape", o.shape, "C,H,W")->required()->delimiter(',')->expected(3);
  app.add_option("--sigma", o.sigma, "Noise standard deviation");
  app.add_option("--device", o.device, "cpu or cuda:K");
  app.add_flag("--frozen", o.frozen);
  app.add_flag("--channels-last", o.channels_last);
  app.add_flag("--half", o.half);
  app.add_flag("--own-noise", o.own_noise);
  CLI11_PARSE(app, argc, argv);

  Loop loop(o);
  const nlohmann::json greeting{{"torch", TORCH_VERSION}, {"default_threads", default_threads}};
  std::cout << greeting << std::endl;
  std::int64_t batch = 0;
  int threads = 0;
  double seconds = 0;
  while (std::cin >> batch >> threads >> seconds) {
    std::cout << to_json(loop.measure(batch, threads, seconds)) << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace certify

int main(int argc, char** argv) {
  try {
    return certify::serve(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "cohen_loop: " << error.what() << "\n";
    return 1;
  }
}
