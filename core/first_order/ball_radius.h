#pragma once
/// How far the smoothed classifier is certified in every direction, when its gradient is known to
/// be short.
///
/// Source: Mohapatra et al. (NeurIPS 2020), corollary 3.1, with the sign of (7b) put right.

#include "core/stats/bound.h"

namespace certify {

/// The largest r, in units of σ, such that P[f = c] >= ½ within r of an image where P[f = c] >=
/// `top` and the gradient's norm (σ|∇g|) is at most m. Rounded down, never below Φ⁻¹(top); 0 unless
/// top > ½.
///
/// The worst base classifier votes c on w2 < z < w1 along the gradient, with Φ(w1) - Φ(w2) = p and
/// φ(w1) - φ(w2) = m; moved by r it keeps Φ(w1 - r) - Φ(w2 - r). At m >= φ(Φ⁻¹(p)) that is a
/// half-space, and the gradient says nothing. The radius returned has been proven by weak duality,
/// not by the solver: any line above which the likelihood ratio e^{rz - r²/2} lies outside (w2, w1)
/// gives a lower bound.
/// @throws InputError for m negative or NaN.
double first_order_l2_radius(const LowerBound& top, double m);

/// The same in one direction, in which the gradient's component is at least `along` >= 0: now the
/// slab lies the other way, and what is left of it first grows and then falls with r, so that a
/// single radius covers all smaller ones. At most 10.
double first_order_uphill_radius(const LowerBound& top, double along);

}  // namespace certify
