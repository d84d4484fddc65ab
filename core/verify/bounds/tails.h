#pragma once
/// Tails of the binomial and the normal distribution for the checker, in long double and by plain
/// sums. Nothing here is shared with core/stats: a mistake there must not hide itself here.

#include <cstdint>
#include <string>

namespace certify::checker {

/// At least 64 bits of significand; the error bounds below rest on that.
using Real = long double;

/// A probability and its complement. Made from whichever of the two is known exactly.
struct Share {
  Real p;
  Real q;

  static Share from_p(Real p) { return {p, 1 - p}; }
  static Share from_q(Real q) { return {1 - q, q}; }
  Share swapped() const { return {q, p}; }
};

/// Relative error that upper_tail() and region_tail() may have, for n <= 1e7. Many times what is
/// measured: 1e-16 against mpmath (tests/verify/tails_test.cpp, which allows a hundredth of this).
inline constexpr Real kTailError = 1e-12L;

/// P[Bin(n, p) = k]. Source: Loader, "Fast and accurate computation of binomial probabilities"
/// (2000). 0 where it is below 1e-4900.
Real binomial_mass(std::int64_t k, std::int64_t n, Share at);

/// P[Bin(n, p) >= k], for any k: the masses from k on, summed until they no longer count; from the
/// other side where k is not above the mean.
Real upper_tail(std::int64_t k, std::int64_t n, Share at);
/// P[Bin(n, p) <= k]
inline Real lower_tail(std::int64_t k, std::int64_t n, Share at) {
  return upper_tail(n - k, n, at.swapped());
}

/// Φ(x) with its complement, each to full relative accuracy.
Share normal(Real x);
Real normal_density(Real x);

/// Whether Φ(x) <= p. True where rounding leaves it open, which is within (1 + x²) 1e-18 relative
/// of equality: about a hundredth of a unit in the last place of x as a double.
bool normal_at_most(Real x, Share p);

/// About Φ⁻¹(p), by a rational approximation and two corrections. Only a *hint* where to look:
/// whatever rests on it is checked going forward.
Real quantile_hint(Share p);

/// As findings name a number.
std::string shown(Real x);

}  // namespace certify::checker
