#include "models/network.h"

#include <ATen/Parallel.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "models/device_network.h"
#include "models/libtorch_settings.h"
#include "models/network_formats.h"
#include "models/torch_errors.h"

namespace certify {
namespace {

/// @param batch  host NHWC   @return whatever the network gives, unchecked
at::Tensor forward(const DeviceNetwork& network, const Normalization& normalization,
                   const float* batch, std::int64_t rows, const ImageShape& shape) {
  const at::Tensor given =
      at::from_blob(const_cast<float*>(batch), {rows, shape.height, shape.width, shape.channels})
          .permute({0, 3, 1, 2});
  // A copy even on the CPU: a network may write to its input, and `batch` is the caller's.
  const at::Tensor input = given.to(at::kFloat, /*non_blocking=*/false, /*copy=*/true);
  return network.forward(normalized(input, normalization).to(network.device(), network.element()));
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

}  // namespace

at::Tensor normalized(const at::Tensor& images, const Normalization& normalization) {
  if (normalization.mean.empty()) return images;
  const auto per_channel = [&](const std::vector<float>& values) {
    return at::tensor(values).view({1, -1, 1, 1}).to(images.device());
  };
  return images.sub(per_channel(normalization.mean)).div(per_channel(normalization.stddev));
}

Network::Network(std::string name, ImageShape shape, const Normalization& normalization,
                 const NetworkOptions& options, std::unique_ptr<DeviceNetwork> network)
    : name_(std::move(name)),
      shape_(shape),
      normalization_(normalization),
      options_(options),
      network_(std::move(network)) {
  try_shape();
  check_rows_are_independent();
}

Network::~Network() = default;

int Network::fused_convolutions() const { return network_->fused_convolutions(); }

void Network::try_shape() {
  const std::vector<float> probe = probe_batch(2, shape_);
  at::Tensor output;
  try {
    const c10::InferenceMode inference;
    output = forward(*network_, normalization_, probe.data(), 2, shape_);
  } catch (const std::exception& error) {
    throw_meaning(error, fmt::format("{}: does not take a batch [2,{},{},{}]", name_,
                                     shape_.channels, shape_.height, shape_.width));
  }
  if (output.dim() != 2 || output.size(0) != 2 || output.size(1) < 2 || output.is_complex()) {
    throw DataError("{}: returned a tensor {} for 2 images, expected [2,m] logits", name_,
                    fmt::format("[{}]", fmt::join(output.sizes(), ",")));
  }
  num_classes_ = static_cast<int>(output.size(1));
}

void Network::logits(const float* batch, std::int64_t rows, float* out) const {
  thread_local const bool single_threaded = [] {
    at::set_num_threads(1);  // a setting of the calling thread: N workers beat N threads a worker
    return true;
  }();
  static_cast<void>(single_threaded);
  at::Tensor output;
  try {
    const c10::InferenceMode inference;
    output = forward(*network_, normalization_, batch, rows, shape_)
                 .to(at::kCPU, at::kFloat)
                 .contiguous();
  } catch (const std::exception& error) {
    throw_meaning(error, fmt::format("{}: failed on a batch of {}", name_, rows));
  }
  if (output.dim() != 2 || output.size(0) != rows || output.size(1) != num_classes_) {
    throw DataError("{}: returned [{}] for {} images", name_, fmt::join(output.sizes(), ","), rows);
  }
  const auto count = static_cast<std::size_t>(rows * num_classes_);
  std::memcpy(out, output.data_ptr<float>(), count * sizeof(float));
}

/// A network in training mode normalises by its batch, and one with active dropout is random.
/// Neither is a function of the image, so neither can be certified.
void Network::check_rows_are_independent() const {
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
    throw DataError(
        "{}: gives different logits for the same batch (dropout left on?); only a deterministic "
        "classifier can be certified",
        name_);
  }
  if (dependence > tolerance) {
    throw DataError(
        "{}: its logits for an image depend on the other images of the batch "
        "(BatchNorm in training "
        "mode?); export it after .eval()",
        name_);
  }
}

std::unique_ptr<Network> open_network(const std::filesystem::path& file, ImageShape shape,
                                      const Normalization& normalization,
                                      const NetworkOptions& options) {
  const NetworkFormat& format = format_of(file);
  set_arithmetic(options);
  return std::make_unique<Network>(file.string(), shape, normalization, options,
                                   open(format, file, options));
}

}  // namespace certify
