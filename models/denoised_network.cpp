#include "models/denoised_network.h"

#include <ATen/ops/_upsample_bicubic2d_aa.h>
#include <ATen/ops/add.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "models/network_formats.h"
#include "models/torch_errors.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

using Ranges = std::vector<std::vector<Range>>;

/// Kept on the device: a copy from the host cannot be part of a captured step.
at::Tensor per_channel(const std::vector<float>& values, at::Device device) {
  if (values.empty()) return {};
  return at::tensor(values).view({1, -1, 1, 1}).to(device);
}

/// Images between the two are in single precision, whatever either computes in.
class DenoisedNetwork final : public DeviceNetwork {
 public:
  DenoisedNetwork(std::unique_ptr<DeviceNetwork> denoiser,
                  std::unique_ptr<DeviceNetwork> classifier, const Denoiser& how,
                  const Normalization& normalization)
      : DeviceNetwork(classifier->device(), at::kFloat),
        denoiser_(std::move(denoiser)),
        classifier_(std::move(classifier)),
        call_(how.call),
        resize_(how.resize),
        mean_(per_channel(normalization.mean, device())),
        stddev_(per_channel(normalization.stddev, device())) {}

  int fused_convolutions() const override {
    return denoiser_->fused_convolutions() + classifier_->fused_convolutions();
  }
  std::size_t programs() const override { return denoiser_->programs() + classifier_->programs(); }
  void watch(const at::Tensor& input, Ranges& ranges) const override {
    ranges.resize(programs());
    const auto middle = ranges.begin() + static_cast<std::ptrdiff_t>(denoiser_->programs());
    Ranges in_front(ranges.begin(), middle), behind(middle, ranges.end());
    denoiser_->watch(asked(input.clone()).to(denoiser_->element()), in_front);
    classifier_->watch(denoised(input), behind);
    std::ranges::copy(in_front, ranges.begin());
    std::ranges::copy(behind, middle);
  }
  std::optional<FunctionFault> fault() const override {
    auto fault = denoiser_->fault();
    if (fault) {
      fault->why = "the denoiser: " + fault->why;
      return fault;
    }
    return classifier_->fault();
  }
  bool computes_in_half() const override {
    return denoiser_->computes_in_half() || classifier_->computes_in_half();
  }

  void settle(const at::Tensor& images, const std::string& output) override {
    try {
      denoiser_->settle_images(asked(images.clone()).to(denoiser_->element()), call_.diffusion);
    } catch (const DataError& error) {
      throw DataError("the denoiser {}", error.what());
    } catch (const std::exception& error) {
      throw_meaning(error, fmt::format("the denoiser does not take a batch [{}]{}",
                                       fmt::join(images.sizes(), ","),
                                       call_.step ? " and a step [2]"
                                                  : " (--denoiser-kind tells a diffusion model)"));
    }
    const at::Tensor clean = denoised(images.clone());
    try {
      classifier_->settle(clean, output);
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      throw_meaning(error,
                    fmt::format("the classifier does not take what is denoised, [{}]{}",
                                fmt::join(clean.sizes(), ","),
                                resize_ == 0 ? " (--denoiser-resize changes its size)" : ""));
    }
    DeviceNetwork::settle(images, "");
  }

 private:
  bool is_direct() const { return call_.scale == 1 && call_.shift == 0; }

  /// What the denoiser is asked with, in single precision. @param noisy  [B,C,H,W] in [0,1]
  at::Tensor asked(const at::Tensor& noisy) const {
    return is_direct() ? noisy : noisy.mul(call_.scale).add(call_.shift);
  }

  /// What the classifier is asked with, a tensor of its own: it may be written to.
  /// @param noisy  may be overwritten
  at::Tensor denoised(const at::Tensor& noisy) const {
    const at::Tensor z = asked(noisy);
    at::Tensor skipped;  // made first: a denoiser may write to what it is given
    if (call_.skip != 0) skipped = z.mul(call_.skip);
    const at::Tensor answer = denoiser_->forward(z.to(denoiser_->element()));
    at::Tensor image = answer.narrow(1, 0, noisy.size(1)).to(at::kFloat);
    if (skipped.defined()) {
      image = at::add(skipped, image, call_.out);
    } else if (call_.out != 1) {
      image = image.mul(call_.out);
    }
    if (call_.diffusion) image = image.clamp(-1, 1).add(1).mul(0.5);
    if (resize_ > 0) {
      image = at::_upsample_bicubic2d_aa(image, {resize_, resize_}, /*align_corners=*/false);
    }
    if (mean_.defined()) image = image.sub(mean_).div(stddev_);
    image = image.to(classifier_->element()).contiguous(at::MemoryFormat::ChannelsLast);
    return image.is_alias_of(answer) ? image.clone() : image;
  }

  c10::IValue answer(const at::Tensor& input) const override {
    return classifier_->forward(denoised(input));
  }
  RowLimits declared_rows() const override {
    return denoiser_->rows().is_fixed() ? denoiser_->rows() : classifier_->rows();
  }

  std::unique_ptr<DeviceNetwork> denoiser_, classifier_;
  DenoiserCall call_;
  std::int64_t resize_;
  at::Tensor mean_, stddev_;  ///< [1,C,1,1]; undefined for none
};

std::unique_ptr<DeviceNetwork> opened(const fs::path& file, const NetworkOptions& options,
                                      OpenFor purpose) {
  const NetworkFormat& format = format_of(file);
  return purpose == OpenFor::kSampling ? open(format, file, options)
                                       : open_differentiable(format, file, options);
}

}  // namespace

std::unique_ptr<DeviceNetwork> open_classifier(const fs::path& file,
                                               const Normalization& normalization,
                                               const NetworkOptions& options, OpenFor purpose) {
  const Denoiser& how = options.denoiser;
  if (!how.given()) return opened(file, options, purpose);
  NetworkOptions in_front = options, behind = options;
  in_front.step = how.call.step;
  if (!options.ranges.empty()) {  // those of the denoiser come first; it says how many it has
    NetworkOptions counting = in_front;
    counting.precision = Precision::kFp32;
    counting.ranges = {};
    const std::size_t own = opened(how.file, counting, purpose)->programs();
    if (own > options.ranges.size()) {
      throw DataError("{}: has other ranges than the run", how.file.string());
    }
    const auto middle = options.ranges.begin() + static_cast<std::ptrdiff_t>(own);
    in_front.ranges.assign(options.ranges.begin(), middle);
    behind.ranges.assign(middle, options.ranges.end());
  }
  auto denoiser = opened(how.file, in_front, purpose);
  auto classifier = opened(file, behind, purpose);
  // One that computes in 16 bits by itself runs as it is written. The whole is then of no precision
  // but its own, so the other must be as it is written, too.
  const bool own = options.precision == Precision::kOwn;
  if (!own && denoiser->computes_in_half() != classifier->computes_in_half()) {
    const bool is_denoiser = !denoiser->computes_in_half();
    NetworkOptions& other = is_denoiser ? in_front : behind;
    other.precision = Precision::kOwn;
    (is_denoiser ? denoiser : classifier) = opened(is_denoiser ? how.file : file, other, purpose);
  }
  return std::make_unique<DenoisedNetwork>(std::move(denoiser), std::move(classifier), how,
                                           normalization);
}

const Normalization& normalization_in_front(const Normalization& normalization,
                                            const NetworkOptions& options) {
  static const Normalization none;
  return options.denoiser.given() ? none : normalization;
}

std::string name_of_classifier(const fs::path& file, const NetworkOptions& options) {
  if (!options.denoiser.given()) return file.string();
  return fmt::format("{} behind {}", file.string(), options.denoiser.file.string());
}

}  // namespace certify
