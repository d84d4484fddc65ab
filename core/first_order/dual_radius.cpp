#include "core/first_order/dual_radius.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/first_order/ball_radius.h"
#include "core/stats/normal.h"

namespace certify {
namespace {

/// Solves the 3×3 system on the coordinates marked free, by elimination; a vanishing pivot leaves
/// its coordinate alone.
DualPoint newton_direction(const DualValue& at, const std::array<bool, 3>& free) {
  auto a = at.curvature;
  DualPoint step = at.gradient;
  for (std::size_t i = 0; i < 3; ++i) {
    if (free[i]) {
      a[i][i] *= 1 + 1e-12;
      continue;
    }
    for (std::size_t j = 0; j < 3; ++j) a[i][j] = a[j][i] = 0;
    a[i][i] = 1;
    step[i] = 0;
  }
  for (std::size_t i = 0; i < 3; ++i) {
    if (!(a[i][i] > 0)) {
      step[i] = 0;
      continue;
    }
    for (std::size_t k = i + 1; k < 3; ++k) {
      const double factor = a[k][i] / a[i][i];
      for (std::size_t j = i; j < 3; ++j) a[k][j] -= factor * a[i][j];
      step[k] -= factor * step[i];
    }
  }
  for (std::size_t i = 3; i-- > 0;) {
    for (std::size_t j = i + 1; j < 3; ++j) step[i] -= a[i][j] * step[j];
    step[i] = a[i][i] > 0 ? step[i] / a[i][i] : 0;
  }
  return step;
}

/// A point on the way: no coordinate loses more than nine tenths in one step, λ1 may become 0.
DualPoint moved(const DualPoint& lambda, const DualPoint& step, double length) {
  DualPoint out{};
  for (std::size_t i = 0; i < 3; ++i)
    out[i] = std::max(lambda[i] + length * step[i], lambda[i] / 10);
  if (out[1] < 1e-9 * out[0]) out[1] = 0;
  return out;
}

/// Maximises the concave bound over λ >= 0 at one r, by Newton's method with halved steps. The
/// quadrature is the solver's own, good enough for it while λ does not move far.
DualValue maximise(DualPoint& lambda, double r, const FirstOrderFacts& facts) {
  const double h = 0.7 * quadrature_step(lambda, r);
  if (!(h > 0)) return {};
  DualValue at = dual_value(lambda, r, facts, h);
  for (int iteration = 0; iteration < 30; ++iteration) {
    const std::array<bool, 3> free{true, lambda[1] > 0 || at.gradient[1] > 0, true};
    const DualPoint step = newton_direction(at, free);
    double gain = 0;
    for (std::size_t i = 0; i < 3; ++i) gain += step[i] * at.gradient[i];
    if (!(gain > 1e-13)) return at;
    double length = 1;
    DualValue value;
    DualPoint next;
    for (int halving = 0; halving < 20; ++halving, length /= 2) {
      next = moved(lambda, step, length);
      value = dual_value(next, r, facts, h);
      if (value.value > at.value) break;
    }
    if (!(value.value > at.value)) return at;
    lambda = next;
    at = value;
    if (at.value > 1) return at;  // the facts leave no such classifier: any r is proven
  }
  return at;
}

/// A start: the flat line through the likelihood ratio at the quantile, with some weight on the
/// other two.
DualPoint starting_point(const FirstOrderFacts& facts, double r) {
  const double w = std::min(lower_quantile(facts.top), 8.0);
  const double level = std::exp(r * w - r * r / 2);
  return {level, 0.2 * level, 0.3 * level};
}

/// Steps back from the solver's radius until the rounded bound agrees.
std::optional<DualRadius> proven(const DualPoint& lambda, double r, const FirstOrderFacts& facts) {
  for (double margin = 1e-12; margin < 1e-6; margin *= 4) {
    const double shorter = r * (1 - margin);
    if (dual_value_lower(lambda, shorter, facts) >= 0.5) return DualRadius{shorter, lambda};
  }
  return std::nullopt;
}

/// The r at which the best bound is ½, by Newton's method inside a bracket: it falls with r, its
/// slope is the slope at the best λ.
std::optional<DualRadius> search(const FirstOrderFacts& facts, double lo) {
  double hi = kLargestDualRadius;
  double r = lo;
  DualPoint lambda = starting_point(facts, std::max(lo, 0.1));
  for (int iteration = 0; iteration < 40; ++iteration) {
    const DualValue at = maximise(lambda, r, facts);
    if (!(at.slope < 0)) return std::nullopt;
    (at.value >= 0.5 ? lo : hi) = r;
    double next = r - (at.value - 0.5) / at.slope;
    if (std::abs(next - r) < 1e-12 * r || (lo == r && r == kLargestDualRadius)) break;
    if (next >= kLargestDualRadius && hi == kLargestDualRadius) {
      next = kLargestDualRadius;
    } else if (!(next > lo && next < hi)) {
      next = lo + (hi - lo) / 2;
    }
    r = next;
  }
  return proven(lambda, r, facts);
}

}  // namespace

DualRadius first_order_radius(const FirstOrderFacts& facts) {
  if (!(facts.across >= 0)) {
    throw InputError(fmt::format("a gradient's component of norm {}", facts.across));
  }
  DualRadius ball{first_order_l2_radius(facts.top, facts.along), {}};
  if (!(ball.r > 0) || !(facts.across > 0) || !(facts.top.q > 0)) return ball;
  if (ball.r >= kLargestDualRadius) return ball;
  const auto found = search(facts, ball.r);
  return found && found->r > ball.r ? *found : ball;
}

}  // namespace certify
