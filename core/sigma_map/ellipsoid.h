#pragma once
/// The ellipsoid that a certificate in the metric of a map stands for.
///
/// With ε ~ N(0, diag(σ_i²)), x ↦ x ⊘ σ turns the noise into N(0, I), so a radius R that a method
/// proves in units of the noise says that the answer stays where |δ ⊘ σ|₂ <= R. In that ellipsoid
/// lies the ℓ2 ball of radius min σ_i · R, which is what a method states that is told min σ_i. It
/// is the largest ball in the ellipsoid. So methods know nothing of maps, and a constant map
/// changes no bit.

#include "core/base/certificate.h"
#include "core/sigma_map/sigma_map.h"

namespace certify {

/// @param l2_radius  min σ_i · R, rounded down; 0 where nothing is certified
/// All three numbers are rounded down; of nothing the areas are -infinity.
Ellipsoid ellipsoid_of(double l2_radius, const SigmaMap& map);

/// The ball of this radius, as the ellipsoid that it is where σ is 1 for each of D >= 1 elements.
Ellipsoid ball_of(double radius, std::int64_t dimension);

/// ln (π^{D/2} / Γ(D/2 + 1)), the volume of the unit ball in D >= 1 dimensions, rounded down.
double log_unit_ball(std::int64_t dimension);

}  // namespace certify
