#include "core/stats/margins/first_margin.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "core/base/errors.h"
#include "core/stats/binomial/binomial_tail.h"
#include "core/stats/binomial/clopper_pearson.h"
#include "core/stats/monotone_root.h"

namespace certify {
namespace {

/// Mass left out of every sum over the number of ties below, and added back to the tail.
constexpr double kTruncated = 1e-20;
/// Allowance for the maximum over s having been found inexactly: it is flat there, and the search
/// for it stops at a relative 1e-6, which leaves 1e-12.
constexpr double kMaximumSlack = 1e-11;

/// A trinomial: each sample is a win, a loss, or (with probability 2w) neither.
/// half.p - w wins, half.q - w loses.
struct Trinomial {
  Proportion half;
  double w;

  /// Among the samples that decide.
  Proportion win() const {
    const double decided = 1 - 2 * w;
    return {std::max(0.0, half.p - w) / decided, std::max(0.0, half.q - w) / decided};
  }
};

/// Calls term(z, P(z ties)) over all but kTruncated of the distribution of the number of ties,
/// which is a few at the parameters that matter. The probabilities follow one another, so they cost
/// no logarithm.
template <typename Term>
void for_each_tie_count(std::int64_t n, double w, const Term& term) {
  const double odds = 2 * w / (1 - 2 * w);
  const double mean = 2 * w * static_cast<double>(n);
  const double reach = 10 * std::sqrt(mean) + 32;  // Bernstein's inequality with room to spare
  const auto first = static_cast<std::int64_t>(std::max(0.0, mean - reach));
  double weight = std::exp(binomial_log_pmf(first, n, Proportion::from_p(2 * w)));
  for (std::int64_t z = first; z <= n; ++z) {
    term(z, weight);
    weight *= odds * static_cast<double>(n - z) / static_cast<double>(z + 1);
    if (static_cast<double>(z) > mean && weight < kTruncated / reach) break;
  }
}

double tail_given(std::int64_t k, std::int64_t n, Proportion win) {
  if (k <= 0) return 1;
  if (k > n || win.p <= 0) return 0;
  if (win.q <= 0) return 1;
  return std::exp(binomial_upper_tail(k, n, win).log_tail);
}

/// P(wins - losses >= t)
double tail(std::int64_t t, std::int64_t n, const Trinomial& at) {
  const Proportion win = at.win();
  double sum = kTruncated;
  for_each_tie_count(n, at.w, [&](std::int64_t ties, double weight) {
    const std::int64_t decided = n - ties;
    const std::int64_t doubled = decided + t;  // twice the wins that are needed
    sum += weight * tail_given(doubled > 0 ? (doubled + 1) / 2 : 0, decided, win);
  });
  return sum;
}

/// P(wins - losses = t)
double mass(std::int64_t t, std::int64_t n, const Trinomial& at) {
  const Proportion win = at.win();
  double sum = 0;
  for_each_tie_count(n, at.w, [&](std::int64_t ties, double weight) {
    const std::int64_t doubled = n - ties + t;
    if (doubled % 2 == 0) sum += weight * std::exp(binomial_log_pmf(doubled / 2, n - ties, win));
  });
  return sum;
}

/// Sign and size of the derivative of the tail in w: with one sample less, P(= t) - P(= t - 1).
/// 2w is the probability of a tie. Splitting a tie into a fair win or loss changes whether t is
/// reached only from those two.
double slope(std::int64_t t, std::int64_t n, const Trinomial& at) {
  const double reached = mass(t, n - 1, at);
  const double missed = mass(t - 1, n - 1, at);
  return reached + missed > 0 ? (reached - missed) / (reached + missed) : -1;
}

/// The w that maximises the tail for n + t odd. There the slope is positive at w = 0, as t - 1 has
/// the wrong parity. Beyond the mean it changes sign once, after a few expected ties. A grid
/// confirms it (tests/stats/margins_test.cpp). For n + t even the maximum is at w = 0.
double best_w(std::int64_t t, std::int64_t n, Proportion half) {
  const double largest = std::min(half.p, half.q);
  double low = 0;
  double high = std::min(largest, 1.0 / static_cast<double>(n));
  while (high < largest && slope(t, n, {half, high}) > 0) {
    low = high;
    high = std::min(largest, 2 * high);
  }
  return last_nonnegative(low, high, 1e-6 * high, [&](double w) { return slope(t, n, {half, w}); });
}

}  // namespace

double first_margin_log_tail(std::int64_t t, std::int64_t n, Proportion half) {
  const double w = (n + t) % 2 == 0 ? 0 : best_w(t, n, half);
  return std::log(tail(t, n, {half, w}));
}

LowerBound first_margin_lower(std::int64_t t, std::int64_t n, double alpha) {
  if (n < 1 || std::abs(t) > n) {
    throw InputError("a difference of {} between counts of {} samples", t, n);
  }
  if ((n + t) % 2 == 0) return clopper_pearson_lower((n + t) / 2, n, alpha);

  // Between the closed forms of the two even neighbours; the upper one is not a bound.
  std::int64_t below = (n + t - 1) / 2;
  const LowerBound ceiling = clopper_pearson_lower(below + 1, n, alpha);
  LowerBound floor = clopper_pearson_lower(below, n, alpha);
  const double target = std::log(alpha) - 2 * binomial_tail_error(n) - kMaximumSlack;
  const bool by_q = ceiling.q < ceiling.p;
  // Increasing in the bound, in the variable that is small.
  const auto at = [&](double x) { return by_q ? Proportion::from_q(-x) : Proportion::from_p(x); };
  const auto key = [&](const LowerBound& bound) { return by_q ? -bound.q : bound.p; };
  const auto room = [&](double x) { return target - first_margin_log_tail(t, n, at(x)); };
  while (below > 0 && !(room(key(floor)) >= 0)) floor = clopper_pearson_lower(--below, n, alpha);
  if (below == 0) return {0, 1};
  const double tolerance = 2e-11 * (by_q ? ceiling.q : floor.p);
  const double x = last_nonnegative(key(floor), key(ceiling), tolerance, room);
  return by_q ? LowerBound::from_q(-x) : LowerBound::from_p(x);
}

}  // namespace certify
