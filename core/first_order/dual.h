#pragma once
/// The smallest probability that a class can keep at a distance, from what is known of its
/// probability and of its gradient at the image: lower bounds by weak duality.
///
/// In units of the noise, let u = E[z f] be the gradient of the smoothed classifier and move the
/// image by r along a unit vector v. With a = the component of u along v, and b = the norm of the
/// rest, votes f enter only through z1 (along v) and z2 (along the rest), and for every λ with all
/// three >= 0
///
///   P[f = c at distance r] >= λ0 P[f = c] + λ1 a + λ2 b - E(λ0 + λ1 z1 + λ2 z2 - e^{r z1 - r²/2})₊
///   .
///
/// Lower bounds may stand for P[f = c], a and b, since no λ is negative. Any λ is valid, so a
/// checker of a radius needs the λ and this file, not the solver that found them.
///
/// Source: Mohapatra et al. (NeurIPS 2020), theorem 3; the dual replaces its system of equations.

#include <array>

#include "core/stats/bound.h"

namespace certify {

/// What is known at the image, in units of the noise.
struct FirstOrderFacts {
  LowerBound top;     ///< of P[f = c]
  double along = 0;   ///< a >= -along on the way out; negative where a is known to be positive
  double across = 0;  ///< b >= across; >= 0
};

/// λ0, λ1, λ2; none negative, λ2 > 0.
using DualPoint = std::array<double, 3>;

struct DualValue {
  double value = 0;                      ///< of the bound, not rounded
  double slope = 0;                      ///< d value / d r
  DualPoint gradient{};                  ///< d value / d λ
  std::array<DualPoint, 3> curvature{};  ///< - d² value / d λ², positive semidefinite
};

/// Step of the quadrature at which its error is below 1e-15 at this λ and r, from the strip around
/// the real line in which the integrand is analytic; 0 where that would take too many nodes.
double quadrature_step(const DualPoint& lambda, double r);

/// The bound and its derivatives, for the solver.
DualValue dual_value(const DualPoint& lambda, double r, const FirstOrderFacts& facts, double step);

/// The bound, rounded down: errors of quadrature, truncation and arithmetic are taken off.
/// -1 where the quadrature is not affordable.
double dual_value_lower(const DualPoint& lambda, double r, const FirstOrderFacts& facts);

}  // namespace certify
