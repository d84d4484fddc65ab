#include "core/first_order/dual_radius.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/base/errors.h"
#include "core/first_order/ball_radius.h"
#include "core/stats/normal.h"

namespace certify {
namespace {

/// The solver keeps λ2 >= kLeastShare r λ0: with less, knowing the component across hardly helps
/// and the quadrature gets expensive. What is lost is the same for all facts, so radii still grow
/// with them.
constexpr double kLeastShare = 0.02;

/// Enough to go on with a larger r. Where the facts leave hardly any classifier the bound has no
/// maximum.
constexpr double kPlenty = 0.7;

/// The same point in coordinates where λ2 = share λ0 + the third, so that the constraint is a sign.
DualPoint with_share(const DualPoint& p, double share) { return {p[0], p[1], p[2] + share * p[0]}; }
void to_shared_coordinates(DualValue& at, double share) {
  at.gradient[0] += share * at.gradient[2];
  auto& h = at.curvature;
  for (std::size_t j = 0; j < 3; ++j) h[0][j] += share * h[2][j];
  for (std::size_t i = 0; i < 3; ++i) h[i][0] += share * h[i][2];
}

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

/// A point on the way: no coordinate loses more than nine tenths in one step; the last two may
/// become 0.
DualPoint moved(const DualPoint& point, const DualPoint& step, double length) {
  DualPoint out{};
  for (std::size_t i = 0; i < 3; ++i) out[i] = std::max(point[i] + length * step[i], point[i] / 10);
  for (const std::size_t i : {std::size_t{1}, std::size_t{2}}) {
    if (out[i] < 1e-4 * out[0]) out[i] = 0;
  }
  return out;
}

/// The bound at a point in the solver's coordinates, at one r.
struct Evaluation {
  double r, share, h;
  const FirstOrderFacts& facts;
  DualValue operator()(const DualPoint& point) const {
    DualValue at = dual_value(with_share(point, share), r, facts, h);
    to_shared_coordinates(at, share);
    return at;
  }
};

/// Climbs the concave bound by Newton's method with halved steps, on one grid of nodes.
void climb(DualPoint& point, DualValue& at, const Evaluation& evaluate) {
  for (int iteration = 0; iteration < 30; ++iteration) {
    const std::array<bool, 3> free{true, point[1] > 0 || at.gradient[1] > 0,
                                   point[2] > 0 || at.gradient[2] > 0};
    const DualPoint step = newton_direction(at, free);
    double gain = 0;
    for (std::size_t i = 0; i < 3; ++i) gain += step[i] * at.gradient[i];
    if (!(gain > 1e-12)) return;
    DualPoint next;
    DualValue value;
    double length = 1;
    for (int halving = 0; halving < 25; ++halving, length /= 2) {
      next = moved(point, step, length);
      value = evaluate(next);
      if (value.value > at.value) break;
    }
    if (!(value.value > at.value)) return;
    point = next;
    at = value;
    if (at.value > kPlenty) return;
  }
}

/// The best bound at one r. Where λ has moved so far that the nodes are too coarse for it, once
/// more on finer ones. @return slope 0 where the quadrature is not affordable
DualValue maximise(DualPoint& point, double r, const FirstOrderFacts& facts) {
  const double share = kLeastShare * r;
  DualValue at;
  double h = 1;
  for (int round = 0; round < 6; ++round) {
    const double needed = 0.7 * quadrature_step(with_share(point, share), r);
    if (!(needed > 0)) return {};
    if (needed >= 0.99 * h) return at;
    h = needed;
    const Evaluation evaluate{r, share, h, facts};
    at = evaluate(point);
    climb(point, at, evaluate);
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
  DualPoint point = starting_point(facts, std::max(lo, 0.1));
  DualRadius good{};
  for (int iteration = 0; iteration < 40; ++iteration) {
    const DualValue at = maximise(point, r, facts);
    if (!(at.slope < 0)) break;
    (at.value >= 0.5 ? lo : hi) = r;
    if (at.value >= 0.5) good = {r, with_share(point, kLeastShare * r)};
    double next = r - (at.value - 0.5) / at.slope;
    if (std::abs(next - r) < 1e-12 * r) {
      if (const auto found = proven(with_share(point, kLeastShare * r), r, facts)) return found;
      break;
    }
    if (good.r == kLargestDualRadius || !(lo < hi)) break;
    if (next >= kLargestDualRadius && hi == kLargestDualRadius) {
      next = kLargestDualRadius;
    } else if (!(next > lo && next < hi)) {
      next = lo + (hi - lo) / 2;
    }
    r = next;
  }
  return good.r > 0 ? proven(good.lambda, good.r, facts) : std::nullopt;
}

}  // namespace

double first_order_kept(const FirstOrderFacts& facts, double r) {
  if (!(facts.across >= 0 && std::isfinite(facts.along) && r > 0)) {
    throw InputError("a gradient of {} along and {} across at distance {}", -facts.along,
                     facts.across, r);
  }
  if (!(facts.top.q > 0) || !(facts.top.p > 0.5)) return -1;
  DualPoint point = starting_point(facts, r);
  maximise(point, r, facts);
  return dual_value_lower(with_share(point, kLeastShare * r), r, facts);
}

DualRadius first_order_radius(const FirstOrderFacts& facts) {
  if (!(facts.across >= 0 && facts.along >= 0)) {
    throw InputError("a gradient of at most {} along and at least {} across", facts.along,
                     facts.across);
  }
  DualRadius ball{first_order_l2_radius(facts.top, facts.along), {}};
  if (!(ball.r > 0) || !(facts.across > 0) || !(facts.top.q > 0)) return ball;
  if (ball.r >= kLargestDualRadius) return ball;
  const auto found = search(facts, ball.r);
  return found && found->r > ball.r ? *found : ball;
}

}  // namespace certify
