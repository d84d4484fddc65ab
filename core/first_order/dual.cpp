#include "core/first_order/dual.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/stats/normal.h"

namespace certify {
namespace {

constexpr double kReach = 10;  // standard deviations on either side; Φ(-10) = 8e-24
constexpr double kQuadrature = 1e-15;
constexpr double kLeastStep = 0.012;  // some 2,000 nodes

/// E(t + Z)₊ for a standard normal Z, and its derivatives Φ(t) and φ(t). Never below the truth by
/// more than rounding: the first term of its asymptotic series is above it.
struct Hinge {
  double value, reach, density;
};
Hinge hinge(double t) {
  const double density = normal_density(t);
  if (t < -38) return {0, 0, 0};
  const double reach = 0.5 * std::erfc(-t * std::numbers::sqrt2 / 2);
  if (t < -8) return {density / (t * t), reach, density};
  return {t * reach + density, reach, density};
}

/// The excess of the likelihood ratio over the line at z1 = x.
double ratio(double x, double r) { return std::exp(r * x - r * r / 2); }

/// ln of an upper bound of ∫ |φ(x + ic) E(line - ratio + λ2 Z)₊| dx on the lines at height ±c: the
/// integrand whose trapezoid sum converges like e^{-2πc/h}. Uses |E(w + Z)₊| <= E(Re w + Z)₊ e^{(Im
/// w)²/2}.
double log_strip_mass(const DualPoint& lambda, double r, double c) {
  const double h = std::min(0.1, c / 2);
  double most = -std::numeric_limits<double>::infinity(), sum = 0;
  for (double x = -kReach; x <= kReach + r; x += h) {
    const double e = ratio(x, r);
    const double real = (lambda[0] + lambda[1] * x - e * std::cos(r * c)) / lambda[2];
    const double imaginary = (lambda[1] * c - e * std::sin(r * c)) / lambda[2];
    // ln E(t + Z)₊ <= -t²/2 for t < 0; φ(x + ic) = φ(x) e^{c²/2} in size.
    const double hinge_log = real < 0 ? -real * real / 2 : std::log(real + 0.4);
    const double term = hinge_log + imaginary * imaginary / 2 - x * x / 2;
    if (term > most) {
      sum = sum * std::exp(most - term) + 1;
      most = term;
    } else {
      sum += std::exp(term - most);
    }
  }
  return most + std::log(sum * h) + c * c / 2 + std::log(lambda[2]) - 0.9;  // ln 1/√(2π)
}

/// Sums over the nodes of the trapezoid rule, φ as the weight.
struct Sums {
  double value = 0, magnitude = 0, slope = 0;
  DualPoint gradient{};
  std::array<DualPoint, 3> curvature{};
};

template <bool kDerivatives>
Sums integrate(const DualPoint& lambda, double r, double h) {
  Sums s;
  const auto nodes = static_cast<int>(std::ceil((2 * kReach + r) / h));
  for (int j = 0; j <= nodes; ++j) {
    const double x = -kReach + j * h;
    const double weight = h * normal_density(x);
    const double e = ratio(x, r);
    const double t = (e - lambda[0] - lambda[1] * x) / lambda[2];
    const Hinge excess = hinge(t);
    s.value += weight * lambda[2] * excess.value;
    s.magnitude += weight * ((e + lambda[0] + lambda[1] * std::abs(x)) * excess.reach +
                             lambda[2] * excess.density);
    if constexpr (kDerivatives) {
      s.slope += weight * excess.reach * (x - r) * e;
      const DualPoint w{1, x, t};
      s.gradient[0] -= weight * excess.reach;
      s.gradient[1] -= weight * excess.reach * x;
      s.gradient[2] += weight * excess.density;
      for (std::size_t a = 0; a < 3; ++a) {
        for (std::size_t b = 0; b <= a; ++b) {
          s.curvature[a][b] += weight * excess.density / lambda[2] * w[a] * w[b];
        }
      }
    }
  }
  return s;
}

/// The bound is 1 - this: with E ratio = 1 and E z = 0, λ0 P - E(line - ratio)₊ is 1 - λ0 (1 - P) -
/// E(ratio - line)₊, which keeps its digits where P is close to 1.
double known_part(const DualPoint& lambda, const FirstOrderFacts& facts) {
  return lambda[0] * facts.top.q + lambda[1] * facts.along - lambda[2] * facts.across;
}

}  // namespace

double quadrature_step(const DualPoint& lambda, double r) {
  double best = 0;
  double c = std::min(3.0, 0.9 * std::numbers::pi / (4 * r));
  for (int tries = 0; tries < 10; ++tries, c *= 0.6) {
    const double needed = log_strip_mass(lambda, r, c) + std::log(2 / kQuadrature);
    const double h = std::min(0.5, 2 * std::numbers::pi * c / std::max(1.0, needed));
    if (h < best) break;
    if (std::isfinite(needed)) best = h;
    if (c < kLeastStep) break;
  }
  return best < kLeastStep ? 0 : best;
}

DualValue dual_value(const DualPoint& lambda, double r, const FirstOrderFacts& facts, double step) {
  const Sums s = integrate<true>(lambda, r, step);
  DualValue out;
  out.value = 1 - known_part(lambda, facts) - s.value;
  out.slope = -s.slope;
  out.gradient = {-facts.top.q - s.gradient[0], -facts.along - s.gradient[1],
                  facts.across - s.gradient[2]};
  out.curvature = s.curvature;
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = a + 1; b < 3; ++b) out.curvature[a][b] = s.curvature[b][a];
  }
  return out;
}

double dual_value_lower(const DualPoint& lambda, double r, const FirstOrderFacts& facts) {
  if (!(lambda[0] >= 0 && lambda[1] >= 0 && lambda[2] > 0)) return -1;
  const double h = quadrature_step(lambda, r);
  if (!(h > 0)) return -1;
  const Sums s = integrate<false>(lambda, r, h);
  const double size = 1 + lambda[0] + lambda[1] + lambda[2];
  const double known =
      lambda[0] * facts.top.q + lambda[1] * std::abs(facts.along) + lambda[2] * facts.across;
  const double error = 1e-14 * (1 + s.magnitude + known)  // arithmetic: 45 units in the last place
                       + 2 * kQuadrature  // the strip's bound, and the Gaussian part's
                       + 1e-20 * size;    // beyond ten standard deviations
  return 1 - known_part(lambda, facts) - s.value - error;
}

}  // namespace certify
