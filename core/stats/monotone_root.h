#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace certify {

/// A point x of [lo, hi] with f(x) >= 0, at most `tolerance` below the root of the decreasing
/// function f, if f(lo) >= 0; lo otherwise. f may be infinite at lo; it is never trusted further
/// than its sign where the result lies: the returned point has itself been evaluated.
template <typename Function>
double last_nonnegative(double lo, double hi, double tolerance, const Function& f) {
  double f_lo = f(lo);
  if (!(f_lo >= 0)) return lo;
  double f_hi = f(hi);
  if (f_hi >= 0) return hi;
  for (int step = 0; hi - lo > tolerance && step < 400; ++step) {
    double x = lo + (hi - lo) / 2;
    // Regula falsi while the values are finite, just inside on the side where the root is not yet
    // enclosed; every third step halves the interval, so it always shrinks.
    if (std::isfinite(f_lo) && std::isfinite(f_hi) && step % 3 != 2) {
      const double secant = lo + (hi - lo) * (f_lo / (f_lo - f_hi));
      const double nudge = step % 3 == 0 ? -0.45 * tolerance : 0.45 * tolerance;
      x = std::clamp(secant + nudge, lo + 0.1 * tolerance, hi - 0.1 * tolerance);
    }
    const double f_x = f(x);
    (f_x >= 0 ? lo : hi) = x;
    (f_x >= 0 ? f_lo : f_hi) = f_x;
  }
  return lo;
}

/// The least whole number above `fails` that `is` holds for, as it does from there on; `holds` is
/// known to be one.
template <typename Predicate>
std::int64_t least_that(std::int64_t fails, std::int64_t holds, const Predicate& is) {
  while (holds - fails > 1) {
    const std::int64_t middle = fails + (holds - fails) / 2;
    (is(middle) ? holds : fails) = middle;
  }
  return holds;
}

}  // namespace certify
