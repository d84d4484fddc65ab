#include "core/stats/binomial/clopper_pearson.h"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <limits>
#include <utility>

#include "core/base/errors.h"
#include "core/stats/binomial/binomial_tail.h"

namespace certify {
namespace {

/// Relative slack around the closed forms: exp and log are good to 1 ulp, and log(alpha) <= 750
/// multiplies that of the exponent.
constexpr double kClosedFormSlack = 4e-13;

void check_arguments(std::int64_t k, std::int64_t n, double alpha) {
  if (n < 1) throw InputError("Clopper-Pearson needs n >= 1 samples, not {}", n);
  if (k < 0 || k > n) throw InputError("a count of {} out of {} samples", k, n);
  check_alpha(alpha);
}

LowerBound all_agree(std::int64_t n, double alpha) {
  const double exponent = std::log(alpha) / static_cast<double>(n);
  const double p = std::exp(exponent) * (1 - kClosedFormSlack);
  const double q = -std::expm1(exponent) * (1 + kClosedFormSlack);
  // Of the two, trust the small one; the other follows from it with one rounding.
  return q < p ? LowerBound::from_q(q) : LowerBound::from_p(p);
}

/// Wilson's lower limit: where the search starts.
double first_guess(double k, double n, double alpha) {
  const double z = std::sqrt(2.0) * boost::math::erfc_inv(2 * alpha);
  const double centre = k - 0.5 + z * z / 2;
  const double width = z * std::sqrt(z * z / 4 + (k - 0.5) * (n - k + 0.5) / n);
  return std::clamp((centre - width) / (n + z * z), 1e-3 / n, 1 - 1e-3 / n);
}

/// A point that solves ln tail = `target` from the safe side (tail <= target) to within `slack`,
/// where doubles lie that close; at an absurd alpha or n one of the nearest on that side.
/// Both tails are log-concave in the logarithm of the proportion (a Beta density is), so the
/// tangent lies above the curve and every Newton step lands where the tail is at most the target.
template <typename Tail>
double solve_in_log(double start, double target, double slack, const Tail& tail) {
  double x = start;
  double safe = -1, nearest = -std::numeric_limits<double>::infinity();
  for (int step = 0; step < 200; ++step) {
    const auto [log_tail, slope] = tail(x);
    const double excess = log_tail - target;
    if (excess <= 0 && excess >= -slack) return x;
    if (excess <= 0 && excess > nearest) {
      safe = x;
      nearest = excess;
    }
    // From the far side, where the curve is flat, the tangent points nowhere: a factor e² at most.
    const double limit = std::abs(slope) < 0.5 ? 2 : 1000;
    const double move = std::clamp(-(excess + slack / 2) / slope, -limit, limit);
    const double before = std::exchange(x, x * std::exp(move));
    if (x == before && safe >= 0) break;  // the next double is too far
  }
  if (safe < 0) throw Error(ExitCode::kInternal, "Clopper-Pearson did not converge");
  return safe;
}

struct LogTailAndSlope {
  double log_tail;
  double slope;  ///< derivative in the logarithm of the proportion
};

/// p such that P[Bin(n, p) >= k] is a hair under alpha; for a p below about 1/2.
double solve_for_p(std::int64_t k, std::int64_t n, double start, double target, double slack) {
  return solve_in_log(start, target, slack, [&](double p) -> LogTailAndSlope {
    if (p >= 1) p = std::nextafter(1.0, 0.0);
    const BinomialTail tail = binomial_upper_tail(k, n, Proportion::from_p(p));
    return {tail.log_tail, static_cast<double>(k) * tail.hazard};
  });
}

/// The same by q = 1 - p: P[Bin(n, q) <= n - k] is a hair under alpha; for a q below about 1/2.
double solve_for_q(std::int64_t k, std::int64_t n, double start, double target, double slack) {
  return solve_in_log(start, target, slack, [&](double q) -> LogTailAndSlope {
    if (q >= 1) q = std::nextafter(1.0, 0.0);
    const BinomialTail tail = binomial_lower_tail(n - k, n, Proportion::from_p(q));
    return {tail.log_tail, -static_cast<double>(k) * tail.hazard * q / (1 - q)};
  });
}

}  // namespace

LowerBound clopper_pearson_lower(std::int64_t k, std::int64_t n, double alpha) {
  check_arguments(k, n, alpha);
  if (k == 0) return {0, 1};
  if (k == n) return all_agree(n, alpha);
  // The tail at the returned point is at most alpha even when it is evaluated wrongly by `error`.
  // So the bound aims at alpha (1 - 4e-12 and more), and is still within 1e-11 of the exact value.
  const double error = binomial_tail_error(n);
  const double target = std::log(alpha) - 2 * error;
  const double guess = first_guess(static_cast<double>(k), static_cast<double>(n), alpha);
  if (guess <= 0.5) return LowerBound::from_p(solve_for_p(k, n, guess, target, error));
  return LowerBound::from_q(solve_for_q(k, n, 1 - guess, target, error));
}

UpperBound clopper_pearson_upper(std::int64_t k, std::int64_t n, double alpha) {
  check_arguments(k, n, alpha);
  return complement(clopper_pearson_lower(n - k, n, alpha));
}

}  // namespace certify
