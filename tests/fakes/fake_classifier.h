#pragma once
/// A network whose answers are easy to compute by hand, images for it, and what sampling it must
/// give.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/errors.h"
#include "core/noise/gaussian.h"
#include "core/sampling/base_classifier.h"
#include "core/sampling/sampler.h"

namespace certify {

inline constexpr ImageShape kFakeShape{3, 4, 5};

/// Three classes, each of which gets a good share of the votes; slow and flawed at will.
class FakeClassifier final : public BaseClassifier {
 public:
  ImageShape input_shape() const override { return kFakeShape; }
  int num_classes() const override { return 3; }
  void logits(const float* batch, std::int64_t rows, float* out) const override {
    if (delay.count() > 0) std::this_thread::sleep_for(delay);
    if (fails) throw DataError("the network broke");
    for (std::int64_t r = 0; r < rows; ++r) {
      row_logits(batch + r * kFakeShape.size(), out + 3 * r);
      if (place_matters) out[3 * r + 1] += static_cast<float>(r % 5);
    }
  }
  void row_logits(const float* row, float* out) const {
    float sum = 0, weighted = 0;
    for (int i = 0; i < kFakeShape.size(); ++i) {
      sum += row[i] - 0.5f;
      weighted += row[i] * static_cast<float>(i % 7 - 3);
    }
    out[0] = sum;
    out[1] = weighted;
    out[2] = 2 - sum;
    if (nan_below && row[0] < *nan_below) out[1] = std::numeric_limits<float>::quiet_NaN();
  }
  std::chrono::microseconds delay{0};
  bool fails = false;
  bool place_matters = false;  ///< logits depend on a row's place in its batch
  std::optional<float> nan_below;
};

inline LabeledImage fake_image(std::int64_t index) {
  LabeledImage out{index, static_cast<int>(index % 3), {kFakeShape, {}}};
  for (int i = 0; i < kFakeShape.size(); ++i) {
    out.image.pixels.push_back(static_cast<float>((index * 31 + i * 17) % 100) / 100.0f);
  }
  return out;
}

/// The images of these indices, in this order.
inline ImageSource fake_images(std::vector<std::int64_t> indices) {
  return [indices = std::move(indices),
          next = std::size_t{0}]() mutable -> std::optional<LabeledImage> {
    if (next == indices.size()) return std::nullopt;
    return fake_image(indices[next++]);
  };
}

/// Indices of a slice: 0, 20, 40, …
inline std::vector<std::int64_t> every_20th(int count) {
  std::vector<std::int64_t> out;
  for (int i = 0; i < count; ++i) out.push_back(i * 20);
  return out;
}

/// One image's samples, straight from the definition: one row at a time.
inline ClassCounts by_definition(const FakeClassifier& classifier, std::int64_t index, Phase phase,
                                 std::int64_t n, const SamplingPlan& plan) {
  const Image chw = fake_image(index).image;
  const int area = kFakeShape.height * kFakeShape.width;
  std::vector<float> hwc(chw.pixels.size()), noisy(chw.pixels.size());
  for (int c = 0; c < kFakeShape.channels; ++c) {
    for (int i = 0; i < area; ++i) {
      hwc[static_cast<std::size_t>(i * kFakeShape.channels + c)] =
          chw.pixels[static_cast<std::size_t>(c * area + i)];
    }
  }
  const NoiseGenerator noise(plan.noise);
  ClassCounts counts{std::vector<std::int64_t>(3), 0};
  for (std::int64_t s = 0; s < n; ++s) {
    noise.add(hwc.data(), noisy.data(), kFakeShape.size(),
              {plan.seed, static_cast<std::uint32_t>(index), phase}, static_cast<std::uint32_t>(s));
    float logits[3];
    classifier.row_logits(noisy.data(), logits);
    if (std::isnan(logits[1])) {
      ++counts.invalid;
    } else {
      ++counts.votes[static_cast<std::size_t>(std::max_element(logits, logits + 3) - logits)];
    }
  }
  return counts;
}

}  // namespace certify
