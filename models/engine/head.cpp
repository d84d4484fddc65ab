#include "models/engine/head.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/errors.h"

namespace certify {
namespace {

/// The matrix as a convolution of one pixel.
Layer as_convolution(const Head& head) {
  Layer layer;
  layer.in = head.in;
  layer.out = head.out;
  layer.weights = head.weights;
  return layer;
}

}  // namespace

Size Head::pixels(Size image) const {
  const Size kernel{window.kernel[0], window.kernel[1]};
  if (kernel == Size{0, 0}) return image;
  return size_behind(window, image) == Size{1, 1} ? kernel : Size{0, 0};
}

ClassifierHead::ClassifierHead(Head head)
    : ClassifierHead(std::move(head), kernels_of(Arithmetic::kFp32).empty()
                                          ? nullptr
                                          : &kernels_of(Arithmetic::kFp32).front()) {}

ClassifierHead::ClassifierHead(Head head, const Kernels* kernels)
    : head_(std::move(head)), kernels_(kernels), bias_(head_.bias) {
  if (std::cmp_not_equal(bias_.size(), head_.out) ||
      std::cmp_not_equal(head_.weights.size(), head_.in * head_.out)) {
    throw DataError("a matrix of {} numbers and a bias of {} for {} classes", head_.weights.size(),
                    bias_.size(), head_.out);
  }
  if (kernels_ == nullptr) return;
  const std::int64_t in = up_to(head_.in, kOutputLanes), out = up_to(head_.out, kOutputLanes);
  filters_ = direct_filters(as_convolution(head_), in, out, Arithmetic::kFp32, *kernels_, {});
  bias_.resize(static_cast<std::size_t>(out));
  head_.weights = {};
}

void ClassifierHead::run(std::int64_t rows, const float* means, float* logits) const {
  if (kernels_ == nullptr) {
    for (std::int64_t row = 0; row < rows; ++row, means += head_.in) {
      const float* weights = head_.weights.data();
      for (std::int64_t k = 0; k < head_.out; ++k, weights += head_.in) {
        float sum = 0;  // as the kernels add
        for (std::int64_t c = 0; c < head_.in; ++c) sum = std::fma(means[c], weights[c], sum);
        *logits++ = sum + bias_[static_cast<std::size_t>(k)];
      }
    }
    return;
  }
  const std::int64_t in = up_to(head_.in, kOutputLanes), out = up_to(head_.out, kOutputLanes);
  constexpr std::int64_t kBlocks = 4, kFloat = sizeof(float);
  const auto bytes = [](std::int64_t size) {
    return AlignedBytes(static_cast<std::size_t>(size + kSlackBytes));
  };
  AlignedBytes x = bytes(rows * in * kFloat), y = bytes(rows * out * kFloat);
  AlignedBytes scratch = bytes(direct_scratch(kBlocks));
  auto* const padded = static_cast<float*>(x.data());
  for (std::int64_t row = 0; row < rows; ++row) {
    std::copy_n(means + row * head_.in, head_.in, padded + row * in);
  }
  const ConvCall call{.window = {},
                      .x = {x.data(), in, in, in, {1, 1}},
                      .y = {y.data(), out, out, out, {1, 1}},
                      .residual = nullptr,
                      .images = rows,
                      .filters = filters_.data(),
                      .bias = bias_.data(),
                      .relu = false,
                      .requantization = nullptr,
                      .scratch = scratch.data()};
  kernels_->direct(call, kBlocks);
  const auto* const found = static_cast<const float*>(y.data());
  for (std::int64_t row = 0; row < rows; ++row) {
    std::copy_n(found + row * out, head_.out, logits + row * head_.out);
  }
}

}  // namespace certify
