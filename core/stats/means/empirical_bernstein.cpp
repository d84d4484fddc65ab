#include "core/stats/means/empirical_bernstein.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace certify {

LowerBound empirical_bernstein_lower(std::span<const double> x, double alpha) {
  check_unit_interval(x);
  std::vector<WeightedValue> each;
  each.reserve(x.size());
  for (const double value : x) each.push_back({value, 1});
  return empirical_bernstein_lower(each, alpha);
}

LowerBound empirical_bernstein_lower(std::span<const WeightedValue> x, double alpha) {
  check_alpha(alpha);
  const std::int64_t total = checked_total(x);
  if (total < 2) return {0, 1};
  long double sum = 0;
  for (const auto& [value, count] : x) {
    sum += static_cast<long double>(value) * static_cast<long double>(count);
  }
  const auto mean = static_cast<double>(sum / static_cast<long double>(total));
  long double squares = 0;
  for (const auto& [value, count] : x) {
    squares += (value - mean) * (value - mean) * static_cast<long double>(count);
  }
  const auto variance = static_cast<double>(squares / static_cast<long double>(total - 1));
  return empirical_bernstein_lower(SampleMoments{total, mean, variance}, alpha);
}

LowerBound empirical_bernstein_lower(const SampleMoments& x, double alpha) {
  // Covers the rounding of the sums (80-bit, n <= 1e7) and of the final arithmetic.
  constexpr double kSlack = 1e-12;
  check_alpha(alpha);
  if (x.n < 2) return {0, 1};
  const double log_term = std::log(2 / alpha);
  const auto n = static_cast<double>(x.n);
  const double width = std::sqrt(2 * x.variance * log_term / n) + 7 * log_term / (3 * (n - 1));
  const double p = x.mean - width * (1 + kSlack) - kSlack;
  if (!(p > 0)) return {0, 1};
  return {p, std::min(1.0, 1 - p + kSlack / 4)};
}

}  // namespace certify
