#include "core/first_order/gradient_norms.h"

#include <cmath>
#include <numbers>

#include "core/base/errors.h"
#include "core/stats/bound.h"

namespace certify {
namespace {

/// More than the rounding errors of the few operations below, relative.
constexpr double kSlack = 1e-12;

void check(std::int64_t dimension, std::int64_t n1, std::int64_t n2, double value, double alpha) {
  if (dimension < 1 || n1 < 1 || n2 < 1) {
    throw InputError("a gradient needs samples in both halves: n1 = {}, n2 = {}, d = {}", n1, n2,
                     dimension);
  }
  check_alpha(alpha);
  if (!std::isfinite(value)) throw InputError("a gradient statistic is not finite");
}

/// The exponent that Chernoff's bound reaches for the scaled product of two deviations:
/// max over s in (0,1) of s τ + (d/2) ln(1 - s²). Increasing in τ.
double chernoff_exponent(double tau, double d) {
  const double s = 2 * tau / (d + std::hypot(d, 2 * tau));  // the maximiser, without cancellation
  return s * tau + d / 2 * std::log1p(-s * s);
}

/// P(|ξ · η| part > k τ / √(n1 n2)) <= alpha on one side: the τ with exponent ln(1/alpha), or
/// slightly more. The exponent is convex in τ with slope s, so Newton's steps come from above and
/// stay there.
double chernoff_deviation(double alpha, double d) {
  const double needed = -std::log(alpha);
  double tau = needed + std::sqrt(2 * d * needed);
  while (chernoff_exponent(tau, d) < needed) tau *= 2;
  for (int step = 0; step < 50; ++step) {
    const double excess = chernoff_exponent(tau, d) - needed;
    if (excess < 1e-14 * needed) break;
    tau -= excess / (2 * tau / (d + std::hypot(d, 2 * tau)));
  }
  return tau * (1 + 1e-14);
}

/// X · Y = |u|² + linear + quadratic: |linear| <= |u| b and |quadratic| <= t, each but for alpha
/// / 2.
struct Deviations {
  double b, t;
};

Deviations deviations(const GradientSplit& split, double alpha, SubGaussian constant) {
  check(split.dimension, split.n1, split.n2, split.dot, alpha);
  const double k = variance_proxy(constant);
  const auto n1 = static_cast<double>(split.n1), n2 = static_cast<double>(split.n2);
  const double tau = chernoff_deviation(alpha / 2, static_cast<double>(split.dimension));
  return {std::sqrt(2 * (k / n1 + k / n2) * std::log(2 / alpha)), k * tau / std::sqrt(n1 * n2)};
}

}  // namespace

double variance_proxy(SubGaussian constant) {
  if (constant == SubGaussian::kTight) return 0.4022;
  return 0.25 + 3 / std::sqrt(8 * std::numbers::pi * std::numbers::e);
}

double gradient_l2_upper(const GradientSplit& split, double alpha, SubGaussian constant) {
  const auto [b, t] = deviations(split, alpha, constant);
  // |u|² - b |u| - (X·Y + t) <= 0. A negative discriminant has probability <= alpha; b is then
  // safe.
  const double root = std::sqrt(std::max(0.0, b * b / 4 + split.dot + t));
  return (b / 2 + root) * (1 + kSlack);
}

double gradient_l2_lower(const GradientSplit& split, double alpha, SubGaussian constant) {
  const auto [b, t] = deviations(split, alpha, constant);
  const double square = (split.dot - t) - kSlack * (std::abs(split.dot) + t);
  if (!(square > 0)) return 0;
  // |u|² + b |u| - square >= 0, solved without cancellation.
  return square / (b / 2 + std::sqrt(b * b / 4 + square)) * (1 - kSlack);
}

double gradient_linf_upper(double largest, std::int64_t dimension, std::int64_t n, double alpha,
                           SubGaussian constant) {
  check(dimension, n, n, largest, alpha);
  if (largest < 0) throw InputError("a largest absolute entry is negative");
  const double exponent = std::log(2 * static_cast<double>(dimension)) - std::log(alpha);
  const double width = std::sqrt(2 * variance_proxy(constant) * exponent / static_cast<double>(n));
  return (largest + width) * (1 + kSlack);
}

}  // namespace certify
