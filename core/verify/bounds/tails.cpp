#include "core/verify/bounds/tails.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include <fmt/format.h>

namespace certify::checker {
namespace {

static_assert(std::numeric_limits<Real>::digits >= 64, "the error bounds need an extended double");

constexpr Real kPi = std::numbers::pi_v<Real>;
constexpr Real kSqrt2 = std::numbers::sqrt2_v<Real>;
constexpr Real kInfinity = std::numeric_limits<Real>::infinity();

/// ln n! minus Stirling's formula for it.
Real stirling_error(Real n) {
  if (n < 16) {
    Real factorial = 1;
    for (Real i = 2; i <= n; ++i) factorial *= i;
    return std::log(factorial) - (0.5L * std::log(2 * kPi * n) + n * std::log(n) - n);
  }
  constexpr std::array<Real, 8> kSeries = {1.0L / 12,    -1.0L / 360,      1.0L / 1260,
                                           -1.0L / 1680, 1.0L / 1188,      -691.0L / 360360,
                                           1.0L / 156,   -3617.0L / 122400};
  const Real square = n * n;
  Real sum = 0;
  for (auto term = kSeries.rbegin(); term != kSeries.rend(); ++term) sum = sum / square + *term;
  return sum / n;
}

/// x ln(x / mean) - (x - mean), with the difference given: it would lose its digits here.
Real deviance(Real x, Real mean, Real difference) {
  if (std::abs(difference) >= 0.1L * (x + mean)) return x * std::log(x / mean) - difference;
  const Real v = difference / (x + mean);
  Real power = 2 * x * v;
  Real sum = difference * v;
  for (int j = 3; j < 200; j += 2) {
    power *= v * v;
    const Real next = sum + power / j;
    if (next == sum) break;
    sum = next;
  }
  return sum;
}

/// The masses from k up to n, where they fall.
Real sum_above(std::int64_t k, std::int64_t n, Share at) {
  const Real first = binomial_mass(k, n, at);
  const Real odds = at.p / at.q;
  Real term = 1;
  Real sum = 1;
  for (std::int64_t i = k; i < n; ++i) {
    term *= odds * (static_cast<Real>(n - i) / static_cast<Real>(i + 1));
    sum += term;
    if (term < 1e-24L * sum) break;
  }
  return first * sum;
}

/// Abramowitz & Stegun 26.2.23: z > 0 with P[Z > z] = tail <= 1/2, to 4.5e-4.
Real rough_upper_point(Real tail) {
  const Real t = std::sqrt(-2 * std::log(tail));
  return t - (2.515517L + t * (0.802853L + t * 0.010328L)) /
                 (1 + t * (1.432788L + t * (0.189269L + t * 0.001308L)));
}

}  // namespace

Real binomial_mass(std::int64_t k, std::int64_t n, Share at) {
  if (k < 0 || k > n) return 0;
  if (at.p <= 0) return k == 0 ? 1 : 0;
  if (at.q <= 0) return k == n ? 1 : 0;
  const auto successes = static_cast<Real>(k);
  const auto trials = static_cast<Real>(n);
  const Real failures = trials - successes;
  const auto log_of = [](Real x, Real rest) { return x < 0.5L ? std::log(x) : std::log1p(-rest); };
  if (k == 0) return std::exp(trials * log_of(at.q, at.p));
  if (k == n) return std::exp(trials * log_of(at.p, at.q));
  // From the smaller of p and q, which has the digits.
  const Real above_mean = at.p <= at.q ? successes - trials * at.p : trials * at.q - failures;
  const Real log_mass = stirling_error(trials) - stirling_error(successes) -
                        stirling_error(failures) - deviance(successes, trials * at.p, above_mean) -
                        deviance(failures, trials * at.q, -above_mean);
  return std::exp(log_mass) * std::sqrt(trials / (2 * kPi * successes * failures));
}

Real upper_tail(std::int64_t k, std::int64_t n, Share at) {
  if (k <= 0) return 1;
  if (k > n || at.p <= 0) return 0;
  if (at.q <= 0) return 1;
  if (static_cast<Real>(k) > static_cast<Real>(n) * at.p) return sum_above(k, n, at);
  return 1 - sum_above(n - k + 1, n, at.swapped());
}

Share normal(Real x) { return {0.5L * std::erfc(-x / kSqrt2), 0.5L * std::erfc(x / kSqrt2)}; }

Real normal_density(Real x) { return std::exp(-0.5L * x * x) / std::sqrt(2 * kPi); }

bool normal_at_most(Real x, Share p) {
  constexpr Real kError = 1e-18L;
  if (std::abs(x) < 1) {  // by the distance from 1/2, which keeps its digits when x is small
    const Real half = 0.5L * std::erf(x / kSqrt2);
    return half <= (p.p - p.q) / 2 + kError * std::abs(half);
  }
  const Real slack = 1 + kError * (1 + x * x);
  const Share at = normal(x);
  return x > 0 ? at.q * slack >= p.q : at.p <= p.p * slack;
}

Real quantile_hint(Share p) {
  if (p.p <= 0) return -kInfinity;
  if (p.q <= 0) return kInfinity;
  const bool upper = p.q <= p.p;
  const Real tail = upper ? p.q : p.p;
  Real z = rough_upper_point(tail);
  for (int correction = 0; correction < 2; ++correction) {
    const Real newton = (normal(z).q - tail) / normal_density(z);
    z += newton / (1 - 0.5L * z * newton);
  }
  return upper ? z : -z;
}

std::string shown(Real x) { return fmt::format("{:.13g}", static_cast<double>(x)); }

}  // namespace certify::checker
