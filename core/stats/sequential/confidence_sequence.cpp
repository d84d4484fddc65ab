#include "core/stats/sequential/confidence_sequence.h"

#include <algorithm>
#include <cmath>

#include "core/base/errors.h"
#include "core/stats/sequential/unit_sequence.h"

namespace certify {
namespace {

/// Covers the rounding of the sums (80-bit, n <= 1e7) and of ψ. The bets and the expected means
/// need no allowance: any predictable numbers give a valid bound.
constexpr double kSlack = 1e-12;

/// ψ(λ) = -ln(1-λ) - λ
double psi(double bet) { return -std::log1p(-bet) - bet; }

}  // namespace

LowerBound confidence_sequence_lower(std::span<const double> x, double alpha, double truncation) {
  check_unit_interval(x);
  check_alpha(alpha);
  if (!(0 < truncation && truncation < 1)) {
    throw InputError("largest bet {}, not in (0, 1)", truncation);
  }
  const PlugInBets plan = plug_in_bets(x, alpha);
  const double log_threshold = -std::log(alpha);
  long double gain = 0;
  long double cost = log_threshold;
  long double total = 0;
  long double best = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double bet = std::min(plan.bets[i], truncation);
    const double surprise = x[i] - plan.means[i];
    gain += static_cast<long double>(bet) * x[i];
    cost += static_cast<long double>(surprise * surprise) * psi(bet);
    total += bet;
    best = std::max(best, (gain - cost) / total);  // of all times, which is allowed
  }
  const double p = static_cast<double>(best) - kSlack;
  if (!(p > 0)) return {0, 1};
  return {p, std::min(1.0, 1 - p + kSlack / 4)};
}

}  // namespace certify
