#include "core/stats/means/histogram_betting.h"

#include <algorithm>
#include <cmath>

#include "core/base/errors.h"
#include "core/stats/monotone_root.h"

namespace certify {
namespace {

constexpr double kTolerance = 1e-12;

/// ln Π_i (1 - r + r x_i / m)
double log_capital(std::span<const WeightedValue> x, double rate, double m) {
  double sum = 0;
  for (const auto& [value, count] : x) {
    if (count > 0) sum += static_cast<double>(count) * std::log1p(rate * (value / m - 1));
  }
  return sum;
}

double log_mixture(std::span<const WeightedValue> x, std::span<const double> rates, double m) {
  std::vector<double> logs;
  logs.reserve(rates.size());
  for (const double rate : rates) logs.push_back(log_capital(x, rate, m));
  const double largest = *std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (const double log : logs) sum += std::exp(log - largest);
  return largest + std::log(sum / static_cast<double>(rates.size()));
}

}  // namespace

std::vector<double> default_rates(std::int64_t n, double alpha) {
  check_alpha(alpha);
  constexpr double kLargest = 0.98;
  const double smallest =
      std::min(kLargest, std::sqrt(-2 * std::log(alpha) / static_cast<double>(n)));
  const double steps = std::ceil(std::log2(kLargest / smallest));
  std::vector<double> rates{kLargest};
  for (int i = 1; i <= static_cast<int>(steps); ++i) {
    rates.push_back(kLargest * std::pow(smallest / kLargest, i / steps));
  }
  return rates;
}

LowerBound mixture_betting_lower(std::span<const WeightedValue> x, double alpha,
                                 std::span<const double> rates) {
  check_alpha(alpha);
  const std::int64_t n = checked_total(x);
  if (rates.empty()) throw InputError("mixture betting needs at least one rate");
  for (const double rate : rates) {
    if (!(0 < rate && rate < 1)) throw InputError("rate {}, not in (0, 1)", rate);
  }
  // Rounding: a few units in the last place of each term, and |ln(1 - r)| bounds a term from below.
  const double largest = *std::max_element(rates.begin(), rates.end());
  const double slack = 1e-15 * static_cast<double>(n) * (1 - std::log1p(-largest)) + 1e-13;
  const double target = -std::log(alpha) + slack;
  const double p = last_nonnegative(kTolerance, 1.0, kTolerance,
                                    [&](double m) { return log_mixture(x, rates, m) - target; });
  if (p <= kTolerance) return {0, 1};
  return {p, 1 - p + 1e-16};
}

LowerBound mixture_betting_lower(std::span<const WeightedValue> x, double alpha) {
  return mixture_betting_lower(x, alpha, default_rates(checked_total(x), alpha));
}

}  // namespace certify
