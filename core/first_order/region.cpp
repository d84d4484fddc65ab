#include "core/first_order/region.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/base/errors.h"
#include "core/first_order/ball_radius.h"
#include "core/first_order/dual_radius.h"
#include "core/stats/normal.h"

namespace certify {
namespace {

constexpr double kRounding = 1e-14;  ///< of products of a norm with a sine, relative
constexpr double kLeastGain = 1e-4;  ///< of a step of the walk
constexpr int kMostSteps = 200;

/// Outwards from `proven`, as long as it goes on.
double walk(const FirstOrderFacts& facts, double proven) {
  for (int step = 0; step < kMostSteps && proven < kLargestDualRadius; ++step) {
    const double kept = first_order_kept(facts, proven);
    if (!(kept > 0.5)) break;
    const double gain = lower_quantile({kept, 1 - kept}) * (1 - kRounding);
    proven += gain;
    if (gain < kLeastGain) break;
  }
  return std::min(proven, kLargestDualRadius);
}

}  // namespace

double directional_radius(const GradientKnowledge& known, double cosine) {
  if (!(cosine >= -1 && cosine <= 1)) throw InputError("a cosine of {}", cosine);
  if (!(known.shortest >= 0 && known.longest >= known.shortest && std::isfinite(known.longest))) {
    throw InputError("a gradient between {} and {} long", known.shortest, known.longest);
  }
  const double sine = std::sqrt((1 - cosine) * (1 + cosine));
  const double across = known.shortest * sine * (1 - kRounding);
  if (cosine <= 0) {
    return first_order_radius({known.top, -cosine * known.longest * (1 + kRounding), across}).r;
  }
  const double along = known.shortest * cosine * (1 - kRounding);
  const double start = std::max(first_order_radius({known.top, 0, across}).r,
                                first_order_uphill_radius(known.top, along));
  return start > 0 ? walk({known.top, -along, across}, start) : 0;
}

std::vector<RegionPoint> certified_slice(const GradientKnowledge& known, int points) {
  if (points < 2) throw InputError("a boundary of {} points", points);
  std::vector<RegionPoint> out;
  for (int i = 0; i < points; ++i) {
    const double angle = std::numbers::pi * i / (points - 1);
    const double cosine = i == 0 ? 1 : i == points - 1 ? -1 : std::cos(angle);
    out.push_back({angle, directional_radius(known, cosine)});
  }
  return out;
}

}  // namespace certify
