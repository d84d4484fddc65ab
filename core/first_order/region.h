#pragma once
/// The region in which the class is certified, cut by a plane through the gradient.

#include <vector>

#include "core/stats/bound.h"

namespace certify {

/// What is known at an image, in units of the noise.
struct GradientKnowledge {
  LowerBound top;       ///< of P[f = c]
  double shortest = 0;  ///< of |u|, u = σ∇P[f = c]
  double longest = 0;
};

/// The largest r <= kLargestDualRadius such that P[f = c] >= ½ at every distance up to r in a
/// direction whose cosine with the gradient is `cosine`; rounded down. 0 unless top > ½.
///
/// Up the gradient the radius is walked in steps: where the class keeps p > ½, it keeps ½ within
/// Φ⁻¹(p), as Φ⁻¹ of a smoothed vote is 1-Lipschitz.
/// @throws InputError for a cosine outside [-1, 1], norms that are negative, NaN or in the wrong
/// order.
double directional_radius(const GradientKnowledge& known, double cosine);

struct RegionPoint {
  double angle = 0;   ///< to the gradient, in [0, π]
  double radius = 0;  ///< in units of σ
};

/// The boundary at evenly spaced angles, from up the gradient to down; the same on either side of
/// it. @param points  at least 2
std::vector<RegionPoint> certified_slice(const GradientKnowledge& known, int points);

}  // namespace certify
