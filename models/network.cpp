#include "models/network.h"

#include <ATen/Parallel.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>
#include <c10/core/InferenceMode.h>

#include <cstring>
#include <functional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "models/denoised_network.h"
#include "models/device_network.h"
#include "models/libtorch_settings.h"
#include "models/network_formats.h"
#include "models/torch_errors.h"

namespace certify {
namespace {

/// @param batch  host NHWC
at::Tensor input_of(const DeviceNetwork& network, const Normalization& normalization,
                    const float* batch, std::int64_t rows, const ImageShape& shape) {
  const at::Tensor given =
      at::from_blob(const_cast<float*>(batch), {rows, shape.height, shape.width, shape.channels})
          .permute({0, 3, 1, 2});
  // A copy even on the CPU: a network may write to its input, and `batch` is the caller's.
  const at::Tensor input = given.to(at::kFloat, /*non_blocking=*/false, /*copy=*/true);
  return normalized(input, normalization).to(network.device(), network.element());
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
  judge(network_->fault());
  settle_precision();
  try_shape();
  check_.emplace(*this, rounding());
  if (!options_.as_written) judge(check_->try_small_batches());
}

Network::~Network() = default;

int Network::fused_convolutions() const { return network_->fused_convolutions(); }

std::int64_t Network::fixed_batch() const {
  return network_->rows().is_fixed() ? network_->rows().least : 0;
}

void Network::settle_precision() {
  if (!network_->computes_in_half()) return;
  if (options_.precision != Precision::kFp32 && options_.precision != Precision::kOwn) {
    throw DataError("{}: computes in a precision of its own, which --precision {} does not change",
                    name_, to_string(options_.precision));
  }
  options_.precision = Precision::kOwn;
}

/// The precision that explains how logits differ where their sums are made in another order.
Precision Network::rounding() const {
  // Run as it is written, a network in single precision rounds as little as ever.
  const bool single = options_.precision == Precision::kOwn && !network_->computes_in_half();
  if (options_.precision != Precision::kFp32 && !single) return options_.precision;
  return rounds_logits_to_.value_or(Precision::kFp32);
}

void Network::try_shape() {
  const std::vector<float> probe(static_cast<std::size_t>(2 * shape_.size()), 0.5F);
  try {
    const c10::InferenceMode inference;
    network_->settle(input_of(*network_, normalization_, probe.data(), 2, shape_), options_.output);
    const at::Tensor logits =
        network_->forward(input_of(*network_, normalization_, probe.data(), 2, shape_));
    num_classes_ = static_cast<int>(logits.size(1));
    if (logits.scalar_type() == at::kHalf) rounds_logits_to_ = Precision::kFp16;
    if (logits.scalar_type() == at::kBFloat16) rounds_logits_to_ = Precision::kBf16;
  } catch (const TorchFailed& error) {
    throw TorchFailed("{}: {}", name_, error.what());
  } catch (const DataError& error) {
    throw DataError("{}: {}", name_, error.what());
  } catch (const std::exception& error) {
    throw_meaning(error, fmt::format("{}: does not take a batch [2,{},{},{}]", name_,
                                     shape_.channels, shape_.height, shape_.width));
  }
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
    output = network_->forward(input_of(*network_, normalization_, batch, rows, shape_))
                 .to(at::kCPU, at::kFloat)
                 .contiguous();
  } catch (const DataError& error) {
    throw DataError("{}: {}", name_, error.what());
  } catch (const std::exception& error) {
    throw_meaning(error, fmt::format("{}: failed on a batch of {}", name_, rows));
  }
  if (output.dim() != 2 || output.size(0) != rows || output.size(1) != num_classes_) {
    throw DataError("{}: returned [{}] for {} images", name_, fmt::join(output.sizes(), ","), rows);
  }
  const auto count = static_cast<std::size_t>(rows * num_classes_);
  std::memcpy(out, output.data_ptr<float>(), count * sizeof(float));
}

void Network::watch(const float* batch, std::int64_t rows,
                    std::vector<std::vector<Range>>& ranges) const {
  const c10::InferenceMode inference;
  network_->watch(input_of(*network_, normalization_, batch, rows, shape_), ranges);
}

void Network::judge(const std::optional<FunctionFault>& fault) {
  if (!fault || !batch_dependence_.empty()) return;
  if (fault->kind == FunctionFault::Kind::kRandom) {
    throw DataError("{}: {}; only a network that always answers alike can be certified", name_,
                    fault->why);
  }
  if (!options_.allow_batch_dependent) {
    throw DataError(
        "{}: {}; a run takes it with --allow-batch-dependent, and is marked: its radii are not "
        "certificates",
        name_, fault->why);
  }
  batch_dependence_ = fault->why;
}

void Network::try_batch(std::int64_t rows) { judge(check_->try_batch(rows)); }

void Network::try_noise(double sigma, std::int64_t rows) { judge(check_->try_noise(sigma, rows)); }

std::optional<std::string> Network::difference_to(const Network& as_written) const {
  return check_->difference_to(as_written);
}

namespace {

using OpenWith = std::function<std::unique_ptr<Network>(const NetworkOptions& options)>;

/// Holds what folding made of the file against the file as written. Folding is done in single
/// precision, so it is checked there.
void check_folding(const Network& network, const OpenWith& open_with) {
  // Then nothing was folded.
  if (network.on_device().fault() || network.options().precision == Precision::kOwn) return;
  NetworkOptions options = network.options();
  if (options.precision != Precision::kTf32) options.precision = Precision::kFp32;
  const bool same_precision = network.options().precision == options.precision;
  const auto folded = same_precision ? nullptr : open_with(options);
  options.as_written = true;
  const auto difference = (folded ? *folded : network).difference_to(*open_with(options));
  if (difference) {
    throw DataError(
        "{}: folding its constants makes another network of it than the file says ({}); "
        "--precision own runs it as it is written",
        network.name(), *difference);
  }
}

bool folds(const std::filesystem::path& file, const NetworkOptions& options) {
  return format_of(file).folds ||
         (options.denoiser.given() && format_of(options.denoiser.file).folds);
}

/// A file of 8 bits brings its own ranges, and runs with these only.
void require_ranges_of_file(const std::filesystem::path& file, const NetworkOptions& options) {
  if (options.denoiser.given()) {
    for (const auto& part : {file, options.denoiser.file}) {
      if (!quantization_of(part)) continue;
      throw DataError("{}: is a network of 8 bits, which goes with no denoiser", part.string());
    }
    return;
  }
  const auto stored = quantization_of(file);
  if (!stored) return;
  if (options.precision != Precision::kInt8) {
    throw DataError("{}: is a network of 8 bits, which runs at --precision int8", file.string());
  }
  if (options.ranges != parse_ranges(stored->ranges)) {
    throw DataError("{}: has other ranges than the run", file.string());
  }
}

}  // namespace

std::unique_ptr<Network> open_network(const std::filesystem::path& file, ImageShape shape,
                                      const Normalization& normalization,
                                      const NetworkOptions& options) {
  require_ranges_of_file(file, options);
  set_arithmetic(options);
  const bool may_fold = folds(file, options);
  const OpenWith open_with = [&](const NetworkOptions& wanted) {
    return std::make_unique<Network>(
        name_of_classifier(file, options), shape, normalization_in_front(normalization, options),
        wanted, open_classifier(file, normalization, wanted, OpenFor::kSampling));
  };
  // A network may be right as its file says, and not in single precision throughout: its own
  // operations convert, to doubles, say. LibTorch fails then. No other error gets a second try: a
  // network that was seen to be random may happen not to be.
  const auto open_or_as_written = [&] {
    try {
      return open_with(options);
    } catch (const TorchFailed&) {
      if (!may_fold || options.precision != Precision::kFp32) throw;
      NetworkOptions as_written = options;
      as_written.precision = Precision::kOwn;
      try {
        return open_with(as_written);
      } catch (const TorchFailed&) {  // what is thrown is why it fails as everyone runs it
      }
      throw;
    }
  };
  auto network = open_or_as_written();
  if (may_fold) check_folding(*network, open_with);
  return network;
}

}  // namespace certify
