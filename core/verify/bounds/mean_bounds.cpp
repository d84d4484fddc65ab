#include "core/verify/bounds/mean_bounds.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace certify::checker {
namespace {

std::int64_t number_of(const Column& x) {
  std::int64_t n = 0;
  for (const Seen& seen : x) n += seen.count;
  return n;
}

Verdict compare(Real m, Real bound) {
  if (m <= bound) return {};
  return {false, fmt::format("the bound is {}", shown(bound))};
}

Verdict compare_capital(Real log_capital, Real alpha) {
  if (log_capital >= -std::log(alpha)) return {};
  return {false, fmt::format("bets against it multiply their stake by {} at most, {} is needed",
                             shown(std::exp(log_capital)), shown(1 / alpha))};
}

/// x̄ - √(2 V ln(2/α) / n) - 7 ln(2/α) / (3 (n - 1))
Verdict empirical_bernstein(const Column& x, Real m, Real alpha) {
  const auto n = static_cast<Real>(number_of(x));
  if (n < 2) return compare(m, 0);
  Real mean = 0;
  for (const Seen& seen : x) mean += seen.value * static_cast<Real>(seen.count) / n;
  Real squares = 0;
  for (const Seen& seen : x) {
    squares += (seen.value - mean) * (seen.value - mean) * static_cast<Real>(seen.count);
  }
  const Real log_term = std::log(2 / alpha);
  return compare(
      m, mean - std::sqrt(2 * squares / (n - 1) * log_term / n) - 7 * log_term / (3 * (n - 1)));
}

/// The predictable bets and expectations: λ_t from the variance of x_1 … x_{t-1}, μ_t their mean,
/// each begun with half a sample of ½ and a quarter of variance.
class PlugIn {
 public:
  PlugIn(std::int64_t n, Real alpha) : factor_(-2 * std::log(alpha) / static_cast<Real>(n)) {}

  Real bet() const { return std::sqrt(factor_ / variance_); }
  Real expected() const { return mean_; }
  void see(Real x) {
    ++seen_;
    sum_ += x;
    mean_ = sum_ / (seen_ + 1);
    squares_ += (x - mean_) * (x - mean_);
    variance_ = squares_ / (seen_ + 1);
  }

 private:
  Real factor_, seen_ = 0, sum_ = 0.5L, mean_ = 0.5L, squares_ = 0.25L, variance_ = 0.25L;
};

Verdict confidence_sequence(const Column& x, Real m, Real alpha) {
  PlugIn plug_in(number_of(x), alpha);
  Real won = std::log(alpha);  // Σ λ x - ln(1/α) - Σ (x - μ)² ψ(λ)
  Real bets = 0;
  Real best = 0;
  for (const Seen& seen : x) {
    const Real bet = std::min<Real>(0.5L, plug_in.bet());
    const Real surprise = seen.value - plug_in.expected();
    won += bet * seen.value + surprise * surprise * (std::log1p(-bet) + bet);
    bets += bet;
    best = std::max(best, won / bets);
    plug_in.see(seen.value);
  }
  return compare(m, best);
}

/// A product too long for one number.
class Capital {
 public:
  void multiply(Real factor) {
    value_ *= factor;
    if (value_ < 1e-4000L || value_ > 1e4000L) {
      log_ += std::log(value_);
      value_ = 1;
    }
  }
  Real log() const { return log_ + std::log(value_); }
  /// Cheap, to ask every time.
  bool may_exceed(Real log_of_best) const { return value_ > 1 || log_ > log_of_best; }

 private:
  Real value_ = 1, log_ = 0;
};

Verdict betting(const Column& x, Real m, Real alpha) {
  PlugIn plug_in(number_of(x), alpha);
  Capital capital;
  Real best = 0;  // logarithm
  for (const Seen& seen : x) {
    const Real bet = std::min<Real>(plug_in.bet(), 0.9L / m);
    capital.multiply(1 + bet * (seen.value - m));
    if (capital.may_exceed(best)) best = std::max(best, capital.log());
    if (best >= -std::log(alpha)) return {};
    plug_in.see(seen.value);
  }
  return compare_capital(best, alpha);
}

/// Stakes √(2 ln(1/α) / n) … 0.98, in equal ratios of at most 2.
std::vector<Real> stakes(std::int64_t n, Real alpha) {
  constexpr Real kLargest = 0.98L;
  const Real smallest = std::min(kLargest, std::sqrt(-2 * std::log(alpha) / static_cast<Real>(n)));
  const auto steps = static_cast<int>(std::ceil(std::log2(kLargest / smallest)));
  std::vector<Real> all{kLargest};
  for (int i = 1; i <= steps; ++i) {
    all.push_back(kLargest * std::exp(std::log(smallest / kLargest) * i / steps));
  }
  return all;
}

Verdict mixture(const Column& x, Real m, Real alpha) {
  const std::vector<Real> all = stakes(number_of(x), alpha);
  std::vector<Real> logs;
  for (const Real stake : all) {
    Real log_capital = 0;
    for (const Seen& seen : x) {
      log_capital += static_cast<Real>(seen.count) * std::log1p(stake * (seen.value / m - 1));
    }
    logs.push_back(log_capital);
  }
  const Real largest = *std::max_element(logs.begin(), logs.end());
  Real sum = 0;
  for (const Real log : logs) sum += std::exp(log - largest);
  return compare_capital(largest + std::log(sum / static_cast<Real>(all.size())), alpha);
}

/// The largest logarithm of a capital that is bet against m, each bet such that the target would be
/// reached with the samples that are left; it stops there.
Real star_capital(const Column& x, Real m, Real target) {
  constexpr Real kTime = 1e-4L, kRoom = 1e-3L;  // the authors'
  const auto n = static_cast<Real>(x.size());
  Real log_capital = 0;
  Real squares = 0;
  Real t = kTime;
  for (const Seen& seen : x) {
    if (log_capital >= target) return log_capital;
    const Real second_moment =
        std::min(squares / t + (m + kTime) * n / (t * t), kRoom + m * (1 - m));
    const Real wanted = std::sqrt(2 * (target - log_capital) / ((n - t) * second_moment));
    const Real away = seen.value - m;
    log_capital += std::log1p(std::min(wanted, 1 / (m + kRoom)) * away);
    squares += away * away;
    t += 1;
  }
  return log_capital;
}

Real star_grid(const Column& x) { return std::ceil(32 * std::sqrt(static_cast<Real>(x.size()))); }

Verdict star_bets(const Column& x, Real m, Real alpha) {
  const Real target = -std::log(alpha);
  const Real grid = star_grid(x);
  for (Real point = 0; point < std::ceil(m * grid) + 0.5L; ++point) {
    const Real reached = star_capital(x, point / grid, target);
    if (reached < target - 1e-9L) return compare_capital(reached, alpha);
  }
  return {};
}

/// Halving would walk the grid every time.
Real largest_star_mean(const Column& x, Real alpha) {
  const Real target = -std::log(alpha);
  const Real grid = star_grid(x);
  Real point = 0;
  while (point <= grid && star_capital(x, point / grid, target) >= target - 1e-9L) ++point;
  return std::max<Real>(0, point - 1) / grid;
}

}  // namespace

Verdict mean_at_least(const Column& x, Real m, Real alpha, MeanBound bound) {
  const Real at = m - mean_rounding(number_of(x));
  if (at <= 0) return {};
  if (!(at <= 1)) return {false, "no such mean is above 1"};
  // In the order of MeanBound.
  constexpr std::array kChecks{empirical_bernstein, confidence_sequence, betting, mixture,
                               star_bets};
  return kChecks.at(static_cast<std::size_t>(bound))(x, at, alpha);
}

Real largest_mean_held(const Column& x, Real alpha, MeanBound bound) {
  if (bound == MeanBound::kStarBets) return largest_star_mean(x, alpha);
  Real held = 0;
  Real too_large = 1;
  for (int halving = 0; halving < 45; ++halving) {
    const Real middle = (held + too_large) / 2;
    (mean_at_least(x, middle, alpha, bound).holds ? held : too_large) = middle;
  }
  return held;
}

}  // namespace certify::checker
