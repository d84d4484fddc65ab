#pragma once
/// The largest radius that a dual point proves.

#include "core/first_order/dual.h"

namespace certify {

/// A radius and its proof: dual_value_lower(lambda, r, facts) >= ½.
struct DualRadius {
  double r = 0;        ///< in units of σ
  DualPoint lambda{};  ///< all zero where no dual point was needed: r is the ball's radius
};

/// Nothing larger is reported: with exact knowledge of a linear classifier's gradient a direction
/// across it is safe without end.
inline constexpr double kLargestDualRadius = 10;

/// The largest r <= kLargestDualRadius such that P[f = c] >= ½ wherever the image moves at most r
/// in ℓ2 norm and a >= -along there (see FirstOrderFacts); rounded down, at least
/// first_order_l2_radius(top, along). 0 unless top > ½.
///
/// It holds at every smaller distance as well: among moves with the same component along the
/// gradient, the worst probability decreases with the component across it (average the votes over
/// rotations towards fresh noise; docs/first-order.md), so a shorter move is no worse than one
/// that goes further across.
/// @throws InputError for along or across negative or NaN.
DualRadius first_order_radius(const FirstOrderFacts& facts);

/// A lower bound on P[f = c] at distance r under these facts, of which `along` may be negative:
/// what the best dual point that is found proves. -1 where none is.
/// @throws InputError for facts that are NaN, across < 0 or r not positive.
double first_order_kept(const FirstOrderFacts& facts, double r);

}  // namespace certify
