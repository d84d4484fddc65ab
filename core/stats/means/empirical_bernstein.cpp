#include "core/stats/means/empirical_bernstein.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/errors.h"

namespace certify {
namespace {

/// Covers the rounding of the sums (80-bit, n <= 1e7) and of the final arithmetic.
constexpr double kSlack = 1e-12;

Moments moments_of(long double sum, std::int64_t n) {
  return {n, static_cast<double>(sum / static_cast<long double>(n)), 0};
}

LowerBound lower_bound(const Moments& m, double alpha) {
  check_alpha(alpha);
  const double p = m.mean - empirical_bernstein_half_width(m, alpha) - kSlack;
  if (!(p > 0)) return {0, 1};
  return {p, std::min(1.0, 1 - p + kSlack / 4)};
}

}  // namespace

Moments moments(std::span<const double> x) {
  long double sum = 0;
  for (const double value : x) sum += value;
  Moments result = moments_of(sum, static_cast<std::int64_t>(x.size()));
  if (x.size() < 2) return result;
  long double squares = 0;
  for (const double value : x) squares += (value - result.mean) * (value - result.mean);
  result.variance = static_cast<double>(squares / static_cast<long double>(x.size() - 1));
  return result;
}

Moments moments(std::span<const WeightedValue> x) {
  long double sum = 0;
  std::int64_t n = 0;
  for (const auto& [value, count] : x) {
    sum += static_cast<long double>(value) * static_cast<long double>(count);
    n += count;
  }
  Moments result = moments_of(sum, n);
  if (n < 2) return result;
  long double squares = 0;
  for (const auto& [value, count] : x) {
    squares += (value - result.mean) * (value - result.mean) * static_cast<long double>(count);
  }
  result.variance = static_cast<double>(squares / static_cast<long double>(n - 1));
  return result;
}

double empirical_bernstein_half_width(const Moments& m, double alpha) {
  if (m.n < 2) return std::numeric_limits<double>::infinity();
  const double log_term = std::log(2 / alpha);
  const auto n = static_cast<double>(m.n);
  const double width = std::sqrt(2 * m.variance * log_term / n) + 7 * log_term / (3 * (n - 1));
  return width * (1 + kSlack);
}

LowerBound empirical_bernstein_lower(std::span<const double> x, double alpha) {
  check_unit_interval(x);
  return lower_bound(moments(x), alpha);
}

LowerBound empirical_bernstein_lower(std::span<const WeightedValue> x, double alpha) {
  for (const auto& [value, count] : x) {
    if (!(0 <= value && value <= 1 && count >= 0)) {
      throw InputError(fmt::format("{} samples of value {}", count, value));
    }
  }
  const Moments m = moments(x);
  if (m.n < 1) throw InputError("a bound on a mean needs at least one sample");
  return lower_bound(m, alpha);
}

}  // namespace certify
