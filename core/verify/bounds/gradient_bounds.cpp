#include "core/verify/bounds/gradient_bounds.h"

#include <algorithm>
#include <cmath>

namespace certify::checker {
namespace {

/// The deviation of the quadratic part of X · Y that has probability alpha, over k / √(n1 n2): τ =
/// d s / (1 - s²), where s has exponent d s² / (1 - s²) + (d/2) ln(1 - s²) = ln(1/alpha).
Real quadratic_deviation(Real alpha, Real d) {
  Real low = 0, high = 1;
  for (int halving = 0; halving < 200; ++halving) {
    const Real s = (low + high) / 2;
    const Real rest = (1 - s) * (1 + s);
    const Real exponent = d * s * s / rest + d / 2 * std::log1p(-s * s);
    (rest > 0 && exponent < -std::log(alpha) ? low : high) = s;
  }
  return d * low / ((1 - low) * (1 + low));
}

struct Spread {
  Real linear, quadratic;
};

Spread spread_of(const StoredDot& s, Real alpha, Real k) {
  const auto n1 = static_cast<Real>(s.n1), n2 = static_cast<Real>(s.n2);
  const Real tau = quadratic_deviation(alpha / 2, static_cast<Real>(s.dimension));
  return {std::sqrt(2 * k * (1 / n1 + 1 / n2) * std::log(2 / alpha)), k * tau / std::sqrt(n1 * n2)};
}

/// λ2 E(t + Z)₊ with t = (ratio - λ0 - λ1 x) / λ2, times φ(x), and the size of what was subtracted.
struct Integrand {
  Real value, size;
};

Integrand excess_at(Real x, const std::array<double, 3>& lambda, Real r) {
  const Real moved = normal_density(x - r), here = normal_density(x);  // ratio φ(x) = φ(x - r)
  const Real line = lambda[0] + lambda[1] * x;
  const Real t = (std::exp(r * x - r * r / 2) - line) / lambda[2];
  const Real below = 0.5L * std::erfc(-t / std::sqrt(2.0L));
  const Real value = (moved - line * here) * below + lambda[2] * here * normal_density(t);
  return {value, (moved + (lambda[0] + lambda[1] * std::abs(x)) * here) * below +
                     lambda[2] * here * normal_density(t)};
}

}  // namespace

Real norm_at_most(const StoredDot& stored, Real alpha, Real k) {
  const Spread spread = spread_of(stored, alpha, k);
  const Real half = spread.linear / 2;
  return half + std::sqrt(std::max<Real>(0, half * half + stored.dot + spread.quadratic));
}

Real norm_at_least(const StoredDot& stored, Real alpha, Real k) {
  const Spread spread = spread_of(stored, alpha, k);
  const Real half = spread.linear / 2;
  if (!(stored.dot > spread.quadratic)) return 0;
  return std::sqrt(half * half + stored.dot - spread.quadratic) - half;
}

Real entry_at_most(Real largest, std::int64_t dimension, std::int64_t n, Real alpha, Real k) {
  const Real exponent = std::log(2 * static_cast<Real>(dimension) / alpha);
  return largest + std::sqrt(2 * k * exponent / static_cast<Real>(n));
}

Real kept_by_slab(Share p, Real m, Real r) {
  Real low = 0, high = p.q / 2;  // of the probability below the slab: less of it, more gradient
  for (int halving = 0; halving < 120; ++halving) {
    const Real below = (low + high) / 2;
    const Real length = normal_density(quantile_hint(Share::from_q(p.q - below))) -
                        normal_density(quantile_hint(Share::from_p(below)));
    (length > m ? low : high) = below;
  }
  const Real upper = quantile_hint(Share::from_q(p.q - low));
  const Real lower = quantile_hint(Share::from_p(low));
  return normal(upper - r).p - normal(lower - r).p;
}

DualEvidence kept_by_dual(const std::array<double, 3>& lambda, Share p, Real along, Real across,
                          Real r) {
  if (!(lambda[0] >= 0 && lambda[1] >= 0 && lambda[2] > 0 && r > 0)) return {};
  const Real low = -12, high = 12 + r;
  Real size = 0;
  const auto sum_at = [&](Real first, Real step) {
    Real sum = 0;
    for (Real x = first; x < high; x += step) {
      const Integrand at = excess_at(x, lambda, r);
      sum += at.value;
      size = std::max(size, at.size);
    }
    return sum;
  };
  // The trapezoid rule on an analytic integrand that vanishes at both ends: where halving the step
  // changes 1e-10, the next halving changes 1e-20.
  Real step = 0.2L, sum = sum_at(low, step), value = sum * step;
  for (int halving = 0; halving < 14; ++halving) {
    sum += sum_at(low + step / 2, step);
    step /= 2;
    const Real before = value;
    value = sum * step;
    if (std::abs(value - before) > 1e-13L * (1 + size)) continue;
    const Real known = lambda[0] * p.q + lambda[1] * along - lambda[2] * across;
    const Real terms = 1 + size + lambda[0] * p.q + lambda[1] * along + lambda[2] * across;
    return {1 - known - value, 1e-16L * terms};
  }
  return {};
}

}  // namespace certify::checker
