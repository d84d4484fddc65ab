#include "core/stats/binomial/binomial_tail.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace certify {
namespace {

constexpr double kHalfLogTwoPi = 0.91893853320467274178;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// ln(n!) - ln(√(2πn) (n/e)^n), the error of Stirling's formula.
double stirling_error(double n) {
  // Values for n = 1..15 from mpmath at 40 digits; the series needs larger n.
  static constexpr std::array<double, 16> kSmall = {0,
                                                    0.08106146679532725822,
                                                    0.041340695955409294094,
                                                    0.027677925684998339149,
                                                    0.020790672103765093112,
                                                    0.016644691189821192163,
                                                    0.013876128823070747999,
                                                    0.011896709945891770095,
                                                    0.010411265261972096497,
                                                    0.0092554621827127329177,
                                                    0.0083305634333628712565,
                                                    0.007573675487951840795,
                                                    0.0069428401072095298657,
                                                    0.0064089941880042070684,
                                                    0.0059513701127588477356,
                                                    0.005554733551962801371};
  if (n < 16) return kSmall[static_cast<std::size_t>(n)];
  const double r = 1 / n;
  const double r2 = r * r;
  return r * (1.0 / 12 -
              r2 * (1.0 / 360 -
                    r2 * (1.0 / 1260 -
                          r2 * (1.0 / 1680 -
                                r2 * (1.0 / 1188 - r2 * (691.0 / 360360 - r2 * (1.0 / 156)))))));
}

/// (1 + t) ln(1 + t) - t without cancellation at small t.
double deviance_kernel(double t) {
  if (std::abs(t) > 0.2) return (1 + t) * std::log1p(t) - t;
  // Loader's series in v = t / (2 + t): ln(1+t) = 2 (v + v³/3 + v⁵/5 + …), t = v (2 + t).
  const double v = t / (2 + t);
  const double v2 = v * v;
  double power = v;
  double sum = 0;
  for (int odd = 3;; odd += 2) {
    power *= v2;
    const double next = sum + power / odd;
    if (next == sum) break;
    sum = next;
  }
  return t * v + 2 * (1 + t) * sum;
}

/// x ln(x / mean) + mean - x, given d = x - mean without cancellation.
double deviance(double x, double mean, double d) {
  return std::abs(d) < mean ? mean * deviance_kernel(d / mean) : x * std::log(x / mean) - d;
}

/// k - n p, from the smaller of p and q and with one rounding.
double excess(double k, double n, Proportion at) {
  return at.p <= at.q ? -std::fma(n, at.p, -k) : std::fma(n, at.q, -(n - k));
}

/// ln of the upper tail over the pmf at its end, for k beyond the mean: Σ_{i>=k} b(i) / b(k).
/// The continued fraction of I_p(k, n - k + 1) in the form of Didonato & Morris (1992), Lentz's
/// method.
double tail_over_pmf(double k, double n, Proportion at) {
  const double b = n - k + 1;
  const double start = excess(k, n + 1, at) + 1;  // a - (a+b) p + 1
  double f = k * start / (k + 1);
  double c = f;
  double d = 0;
  for (double m = 1; m < 1e6; ++m) {
    const double middle = k + 2 * m - 1;
    const double numerator =
        ((k + m - 1) / middle) * ((n + m) / middle) * m * (b - m) * at.p * at.p;
    const double denominator =
        m + m * (b - m) * at.p / middle + (k + m) * (start + m * (1 + at.q)) / (k + 2 * m + 1);
    d = 1 / (denominator + numerator * d);
    c = denominator + numerator / c;
    const double step = c * d;
    f *= step;
    if (std::abs(step - 1) <= 2e-16) break;
  }
  return k * at.q / f;
}

}  // namespace

double binomial_log_pmf(std::int64_t k, std::int64_t n, Proportion at) {
  if (k < 0 || k > n) return -kInfinity;
  if (n == 0) return 0;
  const auto x = static_cast<double>(k);
  const auto total = static_cast<double>(n);
  if (k == 0) return total * (at.p < at.q ? std::log1p(-at.p) : std::log(at.q));
  if (k == n) return total * (at.q < at.p ? std::log1p(-at.q) : std::log(at.p));
  if (!(at.p > 0 && at.q > 0)) return -kInfinity;
  const double d = excess(x, total, at);
  const double errors = stirling_error(total) - stirling_error(x) - stirling_error(total - x);
  return errors - deviance(x, total * at.p, d) - deviance(total - x, total * at.q, -d) -
         kHalfLogTwoPi - 0.5 * std::log(x * ((total - x) / total));
}

BinomialTail binomial_upper_tail(std::int64_t k, std::int64_t n, Proportion at) {
  const double log_pmf = binomial_log_pmf(k, n, at);
  if (k <= 0) return {0, std::exp(log_pmf)};
  if (k == n) return {log_pmf, 1};
  const auto x = static_cast<double>(k);
  const auto total = static_cast<double>(n);
  if (excess(x, total + 1, at) >= 0) {
    const double ratio = tail_over_pmf(x, total, at);
    return {log_pmf + std::log(ratio), 1 / ratio};
  }
  // Before the mean the other tail is the small one, and the fraction is quick there.
  const double below = std::exp(binomial_lower_tail(k - 1, n, at).log_tail);
  const double log_tail = std::log1p(-std::min(below, 1.0));
  return {log_tail, std::exp(log_pmf - log_tail)};
}

BinomialTail binomial_lower_tail(std::int64_t k, std::int64_t n, Proportion at) {
  return binomial_upper_tail(n - k, n, at.swapped());
}

double binomial_tail_error(std::int64_t n) {
  return 2e-12 + 4e-15 * std::sqrt(static_cast<double>(n));
}

}  // namespace certify
