#pragma once
/// A lower confidence band under a certified-accuracy curve.

#include <vector>

#include "core/curves/certified_accuracy.h"

namespace certify {

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
  const std::vector<CurveStep>& steps() const { return steps_; }

 private:
  std::vector<CurveStep> steps_;
};

}  // namespace certify
