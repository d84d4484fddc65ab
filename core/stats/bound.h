#pragma once
/// Bounds on a probability. The complement travels beside it, because 1 - p loses all its digits
/// where p is close to 1, and that is where the large radii are.

#include <algorithm>
#include <cmath>

#include "core/base/errors.h"

namespace certify {

/// @throws InputError unless it is in (0, 1); NaN is not.
inline void check_alpha(double alpha) {
  if (!(0 < alpha && alpha < 1)) throw InputError("alpha = {}, not in (0, 1)", alpha);
}

/// "The probability is at least p": p is rounded down, q >= 1 - p is rounded up.
struct LowerBound {
  double p = 0;
  double q = 1;

  /// From the one that is known, the smaller; the other follows with one rounding.
  static LowerBound from_p(double p) { return {p, std::min(1.0, std::nextafter(1 - p, 2.0))}; }
  static LowerBound from_q(double q) { return {std::max(0.0, std::nextafter(1 - q, -1.0)), q}; }
};

/// "The probability is at most p": p is rounded up, q <= 1 - p is rounded down.
struct UpperBound {
  double p = 1;
  double q = 0;
};

/// The other side of the same statement: P(A) >= p says that P(not A) <= q.
inline UpperBound complement(const LowerBound& bound) { return {bound.q, bound.p}; }
inline LowerBound complement(const UpperBound& bound) { return {bound.q, bound.p}; }

}  // namespace certify
