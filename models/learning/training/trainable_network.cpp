#include "models/learning/training/trainable_network.h"

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/pickle.h>
#include <torch/script.h>
#include <torch/version.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "models/differentiable_network.h"
#include "models/learning/networks/checkpoint.h"
#include "models/learning/networks/dncnn.h"
#include "models/learning/networks/network.h"
#include "models/libtorch_settings.h"
#include "models/torch_errors.h"

namespace certify {
namespace {

using torch::jit::Module;
using Dict = c10::impl::GenericDict;

/// Convolutions and matrix products in bfloat16 on a GPU, everything that sums in single precision.
class MixedPrecision {
 public:
  explicit MixedPrecision(bool on) : on_(on) {
    if (on_) set(true);
  }
  ~MixedPrecision() {
    if (!on_) return;
    at::autocast::clear_cache();  // of the weights that the step is about to change
    set(false);
  }
  MixedPrecision(const MixedPrecision&) = delete;
  MixedPrecision& operator=(const MixedPrecision&) = delete;

 private:
  static void set(bool on) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    at::autocast::set_autocast_dtype(at::kCUDA, at::kBFloat16);
    at::autocast::set_autocast_enabled(at::kCUDA, on);
#else
    at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
    at::autocast::set_enabled(on);
#endif
  }
  bool on_;
};

/// On the host, where a checkpoint is written and read.
Dict to_dict(const std::map<std::string, at::Tensor>& tensors) {
  Dict out(c10::StringType::get(), c10::TensorType::get());
  for (const auto& [name, tensor] : tensors) out.insert(name, tensor.detach().cpu());
  return out;
}

c10::IValue member(const c10::IValue& checkpoint, const char* name) {
  return checkpoint.toGenericDict().at(name);
}

}  // namespace

struct TrainableNetwork::Impl {
  Impl(const Architecture& a, const Normalization& inside, std::uint64_t seed,
       const TrainingDevice& options)
      : architecture(a),
        normalization(inside),
        module(make_network(a, normalization)),
        device(options.device),
        mixed(options.precision == Precision::kBf16),
        contest({options.device, Precision::kFp32, /*deterministic=*/device.is_cpu()}) {
    set_arithmetic({options.device, Precision::kFp32, /*deterministic=*/device.is_cpu()});
    torch::jit::setGraphExecutorOptimize(false);  // a step at a time, gradients by autograd
    if (device.is_cpu()) at::set_num_threads(options.threads);
    initialize(module, at::detail::createCPUGenerator(seed));
    if (a.family == Architecture::Family::kDnCnn) start_as_identity(module, a);
    module.to(device);
    for (const auto& p : module.named_parameters()) {
      at::Tensor value = p.value;
      if (value.dim() == 4) value.set_data(value.contiguous(at::MemoryFormat::ChannelsLast));
      value.set_requires_grad(true);
      parameters.emplace(p.name, value);
      momentum.emplace(p.name, torch::zeros_like(value));
    }
  }

  /// @param images  those of the batch, or its clean ones
  at::Tensor input(const std::vector<float>& images, const Batch& batch) const {
    const auto rows = static_cast<std::int64_t>(batch.labels.size());
    const at::Tensor host =
        torch::from_blob(const_cast<float*>(images.data()),  // only read
                         {rows, batch.shape.height, batch.shape.width, batch.shape.channels});
    return host.permute({0, 3, 1, 2}).to(device);
  }
  at::Tensor labels(const Batch& batch) const {
    return torch::tensor(batch.labels, at::kLong).to(device);
  }

  at::Tensor loss(Objective objective, const at::Tensor& output, const Batch& batch,
                  double sigma) const {
    if (objective == Objective::kLabels) {
      return torch::cross_entropy_loss(output, labels(batch));
    }
    const at::Tensor clean = input(batch.clean, batch);
    if (objective == Objective::kCleanImages) {
      return torch::mse_loss(output, clean) / (sigma * sigma);
    }
    at::Tensor answers;
    {
      const torch::NoGradGuard no_grad;
      answers = classifier->logits(clean).argmax(1);
    }
    return torch::cross_entropy_loss(classifier->logits(output), answers);
  }

  /// All that a checkpoint keeps of the network.
  std::map<std::string, at::Tensor> state() const {
    const NamedTensors weights = named_weights(module);
    return {weights.begin(), weights.end()};
  }

  /// All parameters in one launch a line: a ResNet-110 has 327, and on a GPU each launch costs more
  /// than the sums.
  void descend(const Descent& descent) {
    const torch::NoGradGuard no_grad;
    std::vector<at::Tensor> values, velocities, gradients;
    for (auto& [name, value] : parameters) {
      values.push_back(value);
      velocities.push_back(momentum.at(name));
      gradients.push_back(value.grad());
      value.mutable_grad().reset();
    }
    if (!descent.adam) {
      at::_foreach_mul_(velocities, descent.momentum);
      at::_foreach_add_(velocities, gradients);
      at::_foreach_add_(velocities, values, descent.weight_decay);
      at::_foreach_sub_(values, velocities, descent.learning_rate);
      return;
    }
    constexpr double kBeta2 = 0.999, kEpsilon = 1e-8;
    std::vector<at::Tensor> spreads;
    if (descent.number == 1) {
      at::_foreach_zero_(velocities);
      for (const auto& [name, value] : parameters) squares[name] = torch::zeros_like(value);
    }
    for (auto& [name, spread] : squares) spreads.push_back(spread);
    at::_foreach_mul_(velocities, descent.momentum);
    at::_foreach_add_(velocities, gradients, 1 - descent.momentum);
    at::_foreach_mul_(spreads, kBeta2);
    at::_foreach_addcmul_(spreads, gradients, gradients, 1 - kBeta2);
    const auto number = static_cast<double>(descent.number);
    auto scales = at::_foreach_sqrt(spreads);
    at::_foreach_div_(scales, std::sqrt(1 - std::pow(kBeta2, number)));
    at::_foreach_add_(scales, kEpsilon);
    at::_foreach_mul_(values, 1 - descent.learning_rate * descent.weight_decay);
    at::_foreach_addcdiv_(values, velocities, scales,
                          -descent.learning_rate / (1 - std::pow(descent.momentum, number)));
  }

  Architecture architecture;
  Normalization normalization;
  Module module;
  at::Device device;
  bool mixed;
  AlgorithmContest contest;                           // every step has the same shapes
  std::unique_ptr<DifferentiableNetwork> classifier;  // behind a denoiser
  /// Of the same names. The squares are Adam's.
  std::map<std::string, at::Tensor> parameters, momentum, squares;
};

TrainableNetwork::TrainableNetwork(const Architecture& architecture,
                                   const Normalization& normalization, std::uint64_t seed,
                                   const TrainingDevice& device)
    : impl_(std::make_unique<Impl>(architecture, normalization, seed, device)) {}

TrainableNetwork::~TrainableNetwork() = default;

int TrainableNetwork::set_classifier(const std::filesystem::path& file, const ImageShape& shape,
                                     const Normalization& normalization) {
  NetworkOptions options;
  options.device = impl_->device.str();
  impl_->classifier = std::make_unique<DifferentiableNetwork>(file, shape, normalization, options);
  const torch::NoGradGuard no_grad;
  const auto black = torch::zeros({1, shape.channels, shape.height, shape.width}, impl_->device);
  return static_cast<int>(impl_->classifier->logits(black).size(1));
}

double TrainableNetwork::step(const Batch& batch, const Descent& descent, Objective objective,
                              double sigma) {
  impl_->module.train();
  at::Tensor output;
  {
    const MixedPrecision mixed(impl_->mixed);
    output = impl_->module.forward({impl_->input(batch.images, batch)}).toTensor();
  }
  const at::Tensor loss = impl_->loss(objective, output.to(at::kFloat), batch, sigma);
  const double value = loss.item<double>();
  if (!std::isfinite(value)) return value;
  loss.backward();
  impl_->descend(descent);
  return value;
}

std::int64_t TrainableNetwork::count_right(const Batch& batch) {
  const torch::NoGradGuard no_grad;
  impl_->module.eval();
  at::Tensor output = impl_->module.forward({impl_->input(batch.images, batch)}).toTensor();
  if (impl_->classifier) output = impl_->classifier->logits(output);
  return output.argmax(1).eq(impl_->labels(batch)).sum().item<std::int64_t>();
}

bool TrainableNetwork::is_finite() const {
  const auto state = impl_->state();
  return std::all_of(state.begin(), state.end(), [](const auto& entry) {
    return entry.second.isfinite().all().template item<bool>();
  });
}

std::string TrainableNetwork::checkpoint(const std::string& progress) const {
  Dict top(c10::StringType::get(), c10::AnyType::get());
  top.insert("arch", impl_->architecture.name);
  top.insert("state_dict", to_dict(impl_->state()));
  top.insert("momentum", to_dict(impl_->momentum));
  if (!impl_->squares.empty()) top.insert("squares", to_dict(impl_->squares));
  top.insert("progress", progress);
  const auto bytes = torch::jit::pickle_save(top);
  return {bytes.begin(), bytes.end()};
}

std::string TrainableNetwork::restore(const std::filesystem::path& file) {
  const Checkpoint weights = read_checkpoint(file);
  load_weights(weights, impl_->architecture, impl_->module);
  try {
    const torch::NoGradGuard no_grad;
    const std::string bytes = read_file(file);
    const c10::IValue checkpoint = torch::jit::pickle_load({bytes.begin(), bytes.end()});
    const auto stored = member(checkpoint, "momentum").toGenericDict();
    for (auto& [name, velocity] : impl_->momentum) velocity.copy_(stored.at(name).toTensor());
    if (checkpoint.toGenericDict().contains("squares")) {
      const auto squares = member(checkpoint, "squares").toGenericDict();
      for (const auto& [name, value] : impl_->parameters) {
        impl_->squares[name] = torch::zeros_like(value).copy_(squares.at(name).toTensor());
      }
    }
    return member(checkpoint, "progress").toStringRef();
  } catch (const std::exception& error) {
    throw DataError("{}: no checkpoint of a training: {}", file.string(), reason(error));
  }
}

void TrainableNetwork::round_to_half() {
  const torch::NoGradGuard no_grad;
  for (auto& [name, tensor] : impl_->state()) at::Tensor(tensor).copy_(tensor.to(at::kHalf));
}

std::string TrainableNetwork::torchscript(WeightBits bits) const {
  const torch::NoGradGuard no_grad;
  const Module fresh = make_network(impl_->architecture, impl_->normalization);
  const auto state = impl_->state();
  for (auto& [name, tensor] : named_weights(fresh)) tensor.copy_(state.at(name));
  if (bits == WeightBits::k16) store_in_half(fresh);
  return torchscript_bytes(fresh);
}

}  // namespace certify
