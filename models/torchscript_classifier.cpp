#include "models/torchscript_classifier.h"

#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/tensorexpr_fuser.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/script.h>
#include <torch/torch.h>
#include <torch/version.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"

namespace certify {
namespace {

/// LibTorch's messages carry stack traces; the reason is in the last line of the first paragraph.
std::string reason(const std::exception& error) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  std::string text = torch_error ? torch_error->what_without_backtrace() : error.what();
  const auto runtime_error = text.rfind("RuntimeError: ");  // of an error inside TorchScript code
  if (runtime_error != std::string::npos)
    text.erase(0, runtime_error + std::strlen("RuntimeError: "));
  return text.substr(0, text.find('\n'));
}

/// The same straight interpreter for every call: the profiling executor may compile the second call
/// to other kernels than the first, and then last bits would depend on how often a network has run.
void fix_executor() {
  torch::jit::getProfilingMode() = false;
  torch::jit::setTensorExprFuserEnabled(false);
}

void to_channels_last(torch::jit::Block* block) {
  for (auto* node : block->nodes()) {
    for (auto* inner : node->blocks()) to_channels_last(inner);
    const auto value = c10::attr::value;
    if (node->kind() != c10::prim::Constant || !node->hasAttribute(value) ||
        node->kindOf(value) != torch::jit::AttributeKind::t) {
      continue;
    }
    const at::Tensor tensor = node->t(value);
    if (tensor.dim() != 4 || !tensor.is_floating_point()) continue;
    node->t_(value, tensor.contiguous(at::MemoryFormat::ChannelsLast));
    node->output()->inferTypeFrom(node->t(value));
  }
}

torch::jit::Module load_frozen(const std::filesystem::path& file, const at::Device& device) {
  torch::jit::Module module = torch::jit::load(file.string(), device);
  module.eval();
  try {
    module = torch::jit::freeze(module);
    to_channels_last(module.get_method("forward").graph()->block());
  } catch (const std::exception&) {
    // Some networks cannot be frozen (they write to their own attributes); they run as they are.
  }
  return module;
}

at::Tensor per_channel(const std::vector<float>& values, const at::Device& device) {
  return torch::tensor(values).view({1, -1, 1, 1}).to(device);
}

/// A fixed, unstructured batch in [0,1] for trying a network; not noise, no randomness needed.
std::vector<float> probe_batch(std::int64_t rows, const ImageShape& shape) {
  std::vector<float> batch(static_cast<std::size_t>(rows * shape.size()));
  std::uint32_t state = 2463534242u;
  for (float& value : batch) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    value = static_cast<float>(state >> 8) * 0x1p-24f;
  }
  return batch;
}

std::vector<float> parse_numbers(const std::string& text, int channels) {
  std::vector<float> values;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const std::string item = text.substr(at, comma - at);
    std::size_t used = 0;
    try {
      values.push_back(std::stof(item, &used));
    } catch (const std::exception&) {
      used = 0;
    }
    if (used == 0 || used != item.size() || !std::isfinite(values.back())) {
      throw InputError(fmt::format("--normalize: '{}' is no number", item));
    }
    at = comma + 1;
  }
  if (values.size() == 1) values.resize(static_cast<std::size_t>(channels), values.front());
  if (values.size() != static_cast<std::size_t>(channels)) {
    throw InputError(
        fmt::format("--normalize: {} numbers for {} channels", values.size(), channels));
  }
  return values;
}

}  // namespace

Normalization parse_normalization(const std::string& text, int channels) {
  if (text == "none") return {};
  if (text == "cifar10")
    return parse_normalization("0.4914,0.4822,0.4465/0.2023,0.1994,0.2010", channels);
  if (text == "imagenet")
    return parse_normalization("0.485,0.456,0.406/0.229,0.224,0.225", channels);
  const auto slash = text.find('/');
  if (slash == std::string::npos) {
    throw InputError(
        fmt::format("--normalize {}: expected none, cifar10, imagenet or MEAN/STD", text));
  }
  Normalization out{parse_numbers(text.substr(0, slash), channels),
                    parse_numbers(text.substr(slash + 1), channels)};
  if (!std::all_of(out.stddev.begin(), out.stddev.end(), [](float s) { return s > 0; })) {
    throw InputError(fmt::format("--normalize {}: a standard deviation must be positive", text));
  }
  return out;
}

std::string resolve_device(const std::string& text) {
  if (text == "cpu") return text;
  const bool usable = torch::cuda::is_available();
  if (text == "auto") return usable ? "cuda:0" : "cpu";
  int index = 0;
  if (text != "cuda") {
    std::size_t used = 0;
    try {
      if (text.rfind("cuda:", 0) == 0) index = std::stoi(text.substr(5), &used);
    } catch (const std::exception&) {
      used = 0;
    }
    if (used == 0 || used + 5 != text.size() || index < 0) {
      throw InputError(fmt::format("--device {}: expected auto, cpu, cuda or cuda:K", text));
    }
  }
  if (!usable) {
    throw DataError(fmt::format("--device {}: LibTorch {} finds no CUDA device here", text,
                                libtorch_version()));
  }
  const auto devices = static_cast<int>(torch::cuda::device_count());
  if (index >= devices) {
    throw DataError(fmt::format("--device {}: there are {} CUDA devices", text, devices));
  }
  return fmt::format("cuda:{}", index);
}

std::string libtorch_version() { return TORCH_VERSION; }

struct TorchScriptClassifier::Network {
  Network(const std::filesystem::path& file, const Normalization& normalization, at::Device where)
      : device(where), module(load_frozen(file, device)) {
    if (normalization.mean.empty()) return;
    mean = per_channel(normalization.mean, device);
    stddev = per_channel(normalization.stddev, device);
  }

  /// @param batch host NHWC   @return whatever the network gave, unchecked
  c10::IValue forward(const float* batch, std::int64_t rows, const ImageShape& shape) {
    const c10::InferenceMode inference;
    const at::Tensor host = torch::from_blob(const_cast<float*>(batch),
                                             {rows, shape.height, shape.width, shape.channels})
                                .permute({0, 3, 1, 2});
    // A copy even on the CPU: a network may write to its input, and `batch` is the caller's.
    at::Tensor input = host.to(device, at::kFloat, /*non_blocking=*/false, /*copy=*/true);
    if (mean.defined()) input.sub_(mean).div_(stddev);
    return module.forward({input});
  }

  at::Device device;
  torch::jit::Module module;
  at::Tensor mean, stddev;  // [1,C,1,1], undefined for none
};

TorchScriptClassifier::TorchScriptClassifier(const std::filesystem::path& file, ImageShape shape,
                                             const Normalization& normalization,
                                             const std::string& device)
    : name_(file.string()), shape_(shape) {
  fix_executor();
  if (!std::filesystem::is_regular_file(file)) {
    throw DataError(fmt::format("{}: no such model file", name_));
  }
  try {
    const c10::InferenceMode inference;
    network_ = std::make_unique<Network>(file, normalization, at::Device(device));
  } catch (const std::exception& error) {
    throw DataError(
        fmt::format("{}: not a TorchScript model that can be loaded: {}", name_, reason(error)));
  }
  const std::vector<float> probe = probe_batch(2, shape_);
  at::Tensor output;
  try {
    output = network_->forward(probe.data(), 2, shape_).toTensor();
  } catch (const std::exception& error) {
    throw DataError(fmt::format("{}: does not take a batch [2,{},{},{}]: {}", name_,
                                shape_.channels, shape_.height, shape_.width, reason(error)));
  }
  if (output.dim() != 2 || output.size(0) != 2 || output.size(1) < 2 || output.is_complex()) {
    throw DataError(fmt::format("{}: returned a tensor {} for 2 images, expected [2,m] logits",
                                name_, fmt::format("[{}]", fmt::join(output.sizes(), ","))));
  }
  num_classes_ = static_cast<int>(output.size(1));
  check_rows_are_independent();
}

TorchScriptClassifier::~TorchScriptClassifier() = default;

void TorchScriptClassifier::logits(const float* batch, std::int64_t rows, float* out) const {
  thread_local const bool single_threaded = [] {
    at::set_num_threads(1);  // a setting of the calling thread: N workers beat N threads a worker
    return true;
  }();
  static_cast<void>(single_threaded);
  try {
    const c10::InferenceMode inference;
    const at::Tensor output =
        network_->forward(batch, rows, shape_).toTensor().to(at::kCPU, at::kFloat).contiguous();
    if (output.dim() != 2 || output.size(0) != rows || output.size(1) != num_classes_) {
      throw DataError(fmt::format("{}: returned [{}] for {} images", name_,
                                  fmt::join(output.sizes(), ","), rows));
    }
    const auto count = static_cast<std::size_t>(rows * num_classes_);
    std::memcpy(out, output.data_ptr<float>(), count * sizeof(float));
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw DataError(fmt::format("{}: failed on a batch of {}: {}", name_, rows, reason(error)));
  }
}

/// A network in training mode normalises by its batch, and one with active dropout is random.
/// Neither is a function of the image, so neither can be certified.
void TorchScriptClassifier::check_rows_are_independent() const {
  constexpr std::int64_t kRows = 4;
  const auto m = static_cast<std::size_t>(num_classes_);
  const auto row_size = static_cast<std::size_t>(shape_.size());
  const std::vector<float> mixed = probe_batch(kRows, shape_);
  std::vector<float> repeated;
  for (int r = 0; r < kRows; ++r) {
    repeated.insert(repeated.end(), mixed.begin(),
                    mixed.begin() + static_cast<std::ptrdiff_t>(row_size));
  }
  std::vector<float> a(kRows * m), b(kRows * m), again(kRows * m);
  logits(mixed.data(), kRows, a.data());
  logits(mixed.data(), kRows, again.data());
  logits(repeated.data(), kRows, b.data());
  float scale = 0, random = 0, dependence = 0;
  for (std::size_t k = 0; k < m; ++k) {
    if (!std::isfinite(a[k])) return;  // counted sample by sample later
    scale = std::max(scale, std::abs(a[k]));
    random = std::max(random, std::abs(a[k] - again[k]));
    dependence = std::max(dependence, std::abs(a[k] - b[k]));
  }
  const float tolerance = 1e-2f * (scale + 1e-3f);  // far above rounding, far below either fault
  if (random > tolerance) {
    throw DataError(fmt::format(
        "{}: gives different logits for the same batch (dropout left on?); only a deterministic "
        "classifier can be certified",
        name_));
  }
  if (dependence > tolerance) {
    throw DataError(
        fmt::format("{}: its logits for an image depend on the other images of the batch "
                    "(BatchNorm in training "
                    "mode?); export it after .eval()",
                    name_));
  }
}

}  // namespace certify
