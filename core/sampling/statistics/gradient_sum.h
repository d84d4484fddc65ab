#pragma once
/// Sums of z (1[f = c] - ½) over samples, exact in any order.
///
/// Every z is rounded to a multiple of 2⁻²⁸ (noise_units.h) and added as an integer: the sum does
/// not depend on batches, workers or devices, and a million samples lose nothing.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/gradient.h"
#include "core/base/image.h"
#include "core/noise/noise.h"

namespace certify {

/// Coordinates that are looked at by themselves.
struct Subspace {
  std::string name;
  std::vector<bool> contains;  ///< [elements in HWC order]
};
/// The colour channels of an image: R, G, B of three, else channel0, channel1, …
std::vector<Subspace> channel_subspaces(const ImageShape& shape);

/// What a run gathers of every image.
struct GradientPlan {
  /// The class is the label, or (false) the winner of the n0 samples; recertifying by another class
  /// is refused. It is one class, fixed before its samples are drawn: averages of all classes would
  /// be as many images an image.
  bool of_label = false;
  std::vector<Subspace> subspaces;
  bool keep_mean = false;  ///< the mean itself too
};

class GradientSum {
 public:
  /// @param size  elements of an image; at most 2³¹ samples may be added
  explicit GradientSum(std::int64_t size);
  /// What a device added up: ±z in units of 2⁻²⁸, and the number of samples of either half.
  GradientSum(std::span<const std::int64_t> even, std::span<const std::int64_t> odd,
              std::int64_t even_samples, std::int64_t odd_samples);

  /// Adds the samples first, first + 1, … of a stream, whose classes are `votes`; c is `tested`.
  void add(const NoiseGenerator& noise, const NoiseStream& stream, std::int64_t first,
           std::span<const int> votes, int tested);
  void add(const GradientSum& other);

  std::int64_t samples(int half) const { return samples_[half]; }
  /// The mean over both halves, in HWC order.
  std::vector<float> mean() const;
  /// @param tested  the class c, for the record
  GradientStatistics statistics(int tested, std::span<const Subspace> subspaces) const;

  bool operator==(const GradientSum&) const = default;

 private:
  std::int64_t size_;
  std::int64_t samples_[2] = {0, 0};
  std::vector<std::int64_t> sums_[2];  // of ±z in units of 2⁻²⁸: twice what is averaged
};

}  // namespace certify
