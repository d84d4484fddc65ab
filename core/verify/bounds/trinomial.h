#pragma once
/// The largest probability that any two classes with a given margin give to what was seen: what a
/// bound on a margin has to keep below alpha.

#include <cstdint>
#include <functional>
#include <vector>

#include "core/verify/bounds/tails.h"

namespace certify::checker {

/// Probabilities of the class under test, its rival, and all others; they sum to 1.
struct Trinomial {
  Real p1, p2, p3;
};

/// The smallest x1 that belongs to a region at this x2; above n - x2 where there is none. Must not
/// fall with x2.
using Edge = std::function<std::int64_t(std::int64_t x2)>;

/// P(X_1 >= edge(X_2)) for n samples, less at most kTailError of alpha.
Real region_tail(std::int64_t n, const Trinomial& at, const Edge& edge, Real alpha);

/// Largest value of f over [low, high] that is found from `points` points between them, evenly
/// spaced or, for 0 < low, spaced evenly in the logarithm, with golden section around the three
/// best. Never more than the true maximum, so what it convicts is guilty; it may be less.
enum class Spacing { kEven, kLogarithmic };
Real largest_found(Real low, Real high, int points, Spacing spacing,
                   const std::function<Real(Real)>& f);

/// max over s of P(X_1 - X_2 >= t) where (1 + p_1 - p_2) / 2 is `half`: over the grid above.
Real first_margin_tail(std::int64_t t, std::int64_t n, Share half, Real alpha);

/// Outcomes that rank at least as high as one, by the delta-method lower limit of
/// Φ⁻¹(p_1) - Φ⁻¹(p_2) (methods.md, section 1, with z >= 1.5), and how likely they can be.
class SecondMarginTail {
 public:
  SecondMarginTail(std::int64_t x1, std::int64_t x2, std::int64_t n, Real alpha);

  /// max over q_2 of P(S(X) >= S(x)) where Φ⁻¹(q_1) - Φ⁻¹(q_2) is theta: over the grid above.
  Real largest(Real theta);

 private:
  Real score(std::int64_t y1, std::int64_t y2) const;
  std::int64_t edge(std::int64_t y2);
  std::int64_t lowest_from(std::int64_t guess, std::int64_t y2) const;
  Real tail(Real theta, Real v2);

  std::int64_t x2_, n_;
  Real alpha_, z_, threshold_;
  std::vector<std::int64_t> below_, above_;  ///< edges at x2 - 1, x2 - 2, … and x2, x2 + 1, …
};

}  // namespace certify::checker
