#include "core/stats/sequential/sequential_test.h"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/base/errors.h"
#include "core/stats/monotone_root.h"

namespace certify {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void check_counts(std::int64_t k, std::int64_t t) {
  if (t < 0 || k < 0 || k > t) throw InputError("a count of {} out of {} trials", k, t);
}

/// ln Γ(k + ½) / Γ(k + 1)
double log_half_step(std::int64_t k) {
  return std::log(boost::math::tgamma_delta_ratio(static_cast<double>(k) + 0.5, 0.5));
}

/// ln P[θ > p0] for θ ~ Beta(k + ½, t - k + ½): the posterior of Jeffreys' prior.
double log_posterior_above(std::int64_t k, std::int64_t t, Proportion p0) {
  const double a = static_cast<double>(k) + 0.5;
  const double b = static_cast<double>(t - k) + 0.5;
  return std::log(p0.p <= p0.q ? boost::math::ibetac(a, b, p0.p) : boost::math::ibeta(b, a, p0.q));
}

/// ln P[θ > p0] for θ ~ Beta(½, ½), the law of sin² of a uniform angle.
double log_prior_above(Proportion p0) {
  constexpr double kShare = 2 * std::numbers::inv_pi;
  return p0.p <= p0.q ? std::log1p(-kShare * std::asin(std::sqrt(p0.p)))
                      : std::log(kShare * std::asin(std::sqrt(p0.q)));
}

/// B(k + ½, t - k + ½) / B(½, ½) is Γ(k + ½) Γ(t - k + ½) / (π t!), so that the binomial
/// coefficient turns the null likelihood into a probability, which is known without cancellation.
double log_e(std::int64_t k, std::int64_t t, Proportion p0) {
  const double mixture = log_half_step(k) + log_half_step(t - k) - std::log(std::numbers::pi);
  return mixture - binomial_log_pmf(k, t, p0) + log_posterior_above(k, t, p0) - log_prior_above(p0);
}

constexpr double kSearchTolerance = 1e-11;  // relative, in the smaller of p and 1 - p

/// The bound where it is at least ½, by the logarithm of q = 1 - p.
LowerBound search_above_half(std::int64_t k, std::int64_t t, double log_threshold) {
  // E is at most 1 at p0 = k/t and, where all agree, at most p0^-t.
  const double least_q = k < t ? static_cast<double>(t - k) / static_cast<double>(t)
                               : -std::expm1(-log_threshold / static_cast<double>(t));
  const auto excess = [&](double minus_log_q) {
    return log_e_value(k, t, Proportion::from_q(std::exp(-minus_log_q))) - log_threshold;
  };
  const double hi = -std::log(std::min(least_q, 0.5));
  const double found = last_nonnegative(std::numbers::ln2, hi, kSearchTolerance, excess);
  return LowerBound::from_q(std::exp(-found));
}

/// The bound where it is below ½, by the logarithm of p.
LowerBound search_below_half(std::int64_t k, std::int64_t t, double log_threshold) {
  const auto excess = [&](double log_p) {
    return log_e_value(k, t, Proportion::from_p(std::exp(log_p))) - log_threshold;
  };
  const double hi = std::log(std::min(0.5, static_cast<double>(k) / static_cast<double>(t)));
  double lo = hi - 1;
  while (!(excess(lo) >= 0)) lo -= 2 * (hi - lo);  // E grows without limit towards 0
  return LowerBound::from_p(std::exp(last_nonnegative(lo, hi, kSearchTolerance, excess)));
}

}  // namespace

double sequential_test_error(std::int64_t t, double log_e) {
  return 2e-12 + 1e-15 * (std::sqrt(static_cast<double>(t)) + std::abs(log_e));
}

double log_e_value(std::int64_t k, std::int64_t t, Proportion p0) {
  check_counts(k, t);
  if (!(p0.p > 0 && p0.q > 0)) {
    throw InputError("a proportion of {} (1 - {}), not in (0, 1)", p0.p, p0.q);
  }
  const double value = log_e(k, t, p0);
  return value == -kInfinity ? value : value - sequential_test_error(t, value);
}

LowerBound sequential_lower(std::int64_t k, std::int64_t t, double alpha) {
  check_counts(k, t);
  if (!(0 < alpha && alpha <= 0.5)) throw InputError("alpha = {}, not in (0, 1/2]", alpha);
  if (k == 0) return {0, 1};
  const double log_threshold = std::nextafter(-std::log(alpha), kInfinity);
  const bool majority = log_e_value(k, t, {0.5, 0.5}) >= log_threshold;
  return majority ? search_above_half(k, t, log_threshold) : search_below_half(k, t, log_threshold);
}

}  // namespace certify
