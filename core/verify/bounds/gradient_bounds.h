#pragma once
/// What first-order certificates rest on, worked out again: norms of the gradient, and what votes
/// keep at a distance. Formulas: docs/first-order.md. Nothing here is shared with core/first_order.

#include <array>
#include <cstdint>

#include "core/verify/bounds/tails.h"

namespace certify::checker {

/// X · Y over some coordinates, from n1 and n2 samples.
struct StoredDot {
  Real dot = 0;
  std::int64_t dimension = 0, n1 = 0, n2 = 0;
};

/// Bounds on the ℓ2 norm, each at failure probability alpha, with variance proxy k.
Real norm_at_most(const StoredDot& stored, Real alpha, Real k);
Real norm_at_least(const StoredDot& stored, Real alpha, Real k);
/// Bound on the largest |entry|, from that of the mean over n samples.
Real entry_at_most(Real largest, std::int64_t dimension, std::int64_t n, Real alpha, Real k);

/// The least that votes of probability p keep at distance r (in units of the noise) when the
/// gradient's norm is at most m: those of a slab across the way.
Real kept_by_slab(Share p, Real m, Real r);

/// What λ proves to be kept at distance r: 1 - λ0 q - λ1 along + λ2 across - E(e^{r z1 - r²/2} - λ0
/// - λ1 z1 - λ2 z2)₊, or -1 for a λ that proves nothing.
struct DualEvidence {
  Real kept = -1;
  Real error = 0;  ///< that rounding may have made; the quadrature's is far smaller
};
DualEvidence kept_by_dual(const std::array<double, 3>& lambda, Share p, Real along, Real across,
                          Real r);

}  // namespace certify::checker
