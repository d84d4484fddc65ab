#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/curves/radius_log.h"

namespace certify {

/// One step of the curve: `accuracy` is reached up to and including `radius`, down to the radius of
/// the step before.
struct CurveStep {
  double radius = 0;
  double accuracy = 0;
  bool operator==(const CurveStep&) const = default;
};

/// Certified test-set accuracy as a function of the radius (or log area, if that is the log's
/// measure): the fraction of ALL images of a log that are answered correctly with a certified
/// radius of at least r. Abstentions, errors and skipped images stay in the denominator. It depends
/// on the set of rows, not on their order.
class CertifiedAccuracy {
 public:
  /// @throws InputError for a log without rows, or with a radius that its measure does not have.
  explicit CertifiedAccuracy(const RadiusLog& log);

  std::int64_t images() const { return images_; }
  std::int64_t abstained() const { return abstained_; }
  std::int64_t correct() const { return static_cast<std::int64_t>(radii_.size()); }
  Measure measure() const { return measure_; }
  /// Images answered correctly with a radius >= r. @throws InputError unless r >= 0, of lengths, or
  /// for NaN.
  std::int64_t certified(double r) const;

  double at(double r) const { return share(certified(r)); }
  /// ACR of the Cohen family: radii of the correct images summed, divided by ALL images. Of log
  /// areas, whose sum means nothing, the mean over the correct images; -infinity without any. Not
  /// over all images, as an abstention is -infinity.
  double average_radius() const { return average_radius_; }
  /// What the ⌈images/10⌉ images with the largest radii have of the sum of all radii, where wrong
  /// and abstained images have 0. Nothing where that sum is 0, and of log areas. Easy images
  /// dominate an average radius, so that it may rise while fewer images are certified: Sun et al.,
  /// "Average Certified Radius is a Poor Metric for Randomized Smoothing" (arXiv 2410.06895).
  std::optional<double> top_tenth_share() const { return top_tenth_share_; }
  /// 0 when no image is answered correctly.
  double largest_radius() const { return radii_.empty() ? 0 : radii_.back(); }
  double smallest_radius() const { return radii_.empty() ? 0 : radii_.front(); }

  /// The whole curve: radius 0 (log area -infinity) first, then every distinct radius, rising.
  /// Beyond the last it is 0.
  std::vector<CurveStep> steps() const;

 private:
  double share(std::int64_t count) const {
    return static_cast<double>(count) / static_cast<double>(images_);
  }

  std::vector<double> radii_;  ///< of the correct images, sorted
  Measure measure_ = Measure::kRadius;
  std::int64_t images_ = 0;
  std::int64_t abstained_ = 0;
  double average_radius_ = 0;
  std::optional<double> top_tenth_share_;
};

/// Whether a band follows from it: certificates, of known alpha.
inline bool has_band(const RadiusLog& log) { return !log.attack && log.alpha > 0; }

/// What is known of the accuracy itself, at each radius by itself with probability >= 1 - rho: the
/// share of the images that really are robust and correct there. The exact form of theorem 5 of
/// Cohen et al. (2019); see core/stats/binomial/certified_accuracy_bound.h.
class AccuracyBand {
 public:
  /// @param alpha  that each certificate may fail with, independently
  /// @throws InputError unless alpha and rho are in (0, 1).
  AccuracyBand(const CertifiedAccuracy& curve, double alpha, double rho);

  /// The bound at r, or at a radius a little above it, which is lower. 0 beyond the largest radius.
  double at(double r) const;

  /// As CertifiedAccuracy::steps(), but at most a few hundred, however many images there are.
  /// Between two radii the bound of the larger holds, so it is coarse to the safe side.
  const std::vector<CurveStep>& steps() const { return steps_; }

 private:
  std::vector<CurveStep> steps_;
};

}  // namespace certify
