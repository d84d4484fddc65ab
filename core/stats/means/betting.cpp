#include "core/stats/means/betting.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/errors.h"
#include "core/stats/monotone_root.h"
#include "core/stats/sequential/unit_sequence.h"

namespace certify {
namespace {

constexpr double kTolerance = 1e-12;

/// ln max_t Π_{i<=t} (1 + min(λ_i, c/m)(x_i - m)).
double log_best_capital(std::span<const double> x, std::span<const double> bets, double c,
                        double m) {
  const double largest = c / m;
  double capital = 1;
  double log_scale = 0;  // the capital is capital * exp(log_scale)
  double best = 1;       // on the same scale
  double log_best = 0;
  for (std::size_t start = 0; start < x.size(); start += 64) {
    const std::size_t end = std::min(x.size(), start + 64);
    for (std::size_t i = start; i < end; ++i) {
      capital *= 1 + std::min(bets[i], largest) * (x[i] - m);
      best = std::max(best, capital);
    }
    if (capital > 1e100 || capital < 1e-100) {
      if (!std::isfinite(capital)) return std::numeric_limits<double>::infinity();
      log_best = std::max(log_best, std::log(best) + log_scale);
      if (capital < 1e-280) return log_best;  // bankrupt for all that doubles can tell
      log_scale += std::log(capital);
      capital = 1;
      best = 0;
    }
  }
  return best > 0 ? std::max(log_best, std::log(best) + log_scale) : log_best;
}

}  // namespace

LowerBound betting_lower(std::span<const double> x, double alpha, double truncation) {
  check_unit_interval(x);
  check_alpha(alpha);
  if (!(0 < truncation && truncation < 1)) {
    throw InputError("largest stake {}, not in (0, 1)", truncation);
  }
  const PlugInBets plan = plug_in_bets(x, alpha);
  // Each factor is off by at most a few units in the last place.
  const double slack = 8e-16 * static_cast<double>(x.size()) + 1e-14;
  const double target = -std::log(alpha) + slack;
  const double p = last_nonnegative(kTolerance, 1.0, kTolerance, [&](double m) {
    return log_best_capital(x, plan.bets, truncation, m) - target;
  });
  if (p <= kTolerance) return {0, 1};
  return {p, 1 - p + 1e-16};
}

}  // namespace certify
