#include "core/stats/means/star_bets.h"

#include <algorithm>
#include <cmath>

#include "core/base/errors.h"
#include "core/stats/sequential/unit_sequence.h"

namespace certify {
namespace {

/// Keeps the first variances and the largest bets away from division by zero. Any values are valid;
/// these are the authors'.
constexpr double kTimeOffset = 1e-4;
constexpr double kBetOffset = 1e-3;

bool rejects(std::span<const double> x, double m, double log_target) {
  const auto n = static_cast<double>(x.size());
  double log_capital = 0;
  double squares = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double t = static_cast<double>(i) + kTimeOffset;
    const double missing = log_target - log_capital;
    if (missing <= 0) return true;  // it bets no more
    const double second_moment =
        std::min(squares / t + (m + kTimeOffset) * n / (t * t), kBetOffset + m * (1 - m));
    const double bet =
        std::min(std::sqrt(2 * missing / ((n - t) * second_moment)), 1 / (m + kBetOffset));
    log_capital += std::log1p(bet * (x[i] - m));
    squares += (x[i] - m) * (x[i] - m);
  }
  return log_capital >= log_target;
}

}  // namespace

LowerBound star_bets_lower(std::span<const double> x, double alpha, int grid) {
  check_unit_interval(x);
  check_alpha(alpha);
  if (grid < 1) throw InputError("a grid of {} steps", grid);
  const double log_target = -std::log(alpha) + 1e-15 * static_cast<double>(x.size()) + 1e-13;
  int last = -1;
  while (last < grid && rejects(x, static_cast<double>(last + 1) / grid, log_target)) ++last;
  if (last <= 0) return {0, 1};
  const double p = static_cast<double>(last) / grid;
  return {std::nextafter(p, 0.0), static_cast<double>(grid - last) / grid + 1e-16};
}

int star_bets_grid(std::int64_t n) {
  return static_cast<int>(std::ceil(32 * std::sqrt(static_cast<double>(n))));
}

}  // namespace certify
