#include "core/first_order/region.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "core/base/errors.h"
#include "core/first_order/ball_radius.h"
#include "core/first_order/dual_radius.h"
#include "core/stats/normal.h"

namespace certify {
namespace {

/// Votes 1[z <= w] along the gradient, whose length is known up to a share.
GradientKnowledge half_space(double p, double error) {
  const double full = normal_density(lower_quantile({p, 1 - p}));
  return {{p, 1 - p}, full * (1 - error), full * (1 + error)};
}

// A linear classifier: the safe side has no end, towards the boundary nothing is gained.
TEST(Region, OfALinearClassifierIsUnboundedOnTheSafeSide) {
  for (const double p : {0.6, 0.8, 0.95}) {
    const double cohen = lower_quantile({p, 1 - p});
    const GradientKnowledge known = half_space(p, 1e-3);
    EXPECT_NEAR(directional_radius(known, -1), cohen, 1e-9) << p;
    EXPECT_LE(directional_radius(known, -1), cohen);
    for (const double angle : {0.1, 0.4, 0.9, 1.3}) {
      EXPECT_GT(directional_radius(known, std::cos(angle)), 2 * cohen) << p << " " << angle;
    }
    EXPECT_GT(directional_radius(half_space(p, 1e-7), std::cos(1.0)), 5) << p;
  }
}

TEST(Region, OfALinearClassifierNeverCrossesItsBoundary) {
  for (const double p : {0.55, 0.8, 0.99}) {
    const double cohen = lower_quantile({p, 1 - p});
    for (const double error : {0.0, 1e-4, 0.05, 0.5}) {
      for (const RegionPoint& point : certified_slice(half_space(p, error), 25)) {
        EXPECT_LE(-point.radius * std::cos(point.angle), cohen) << p << " " << point.angle;
        EXPECT_GE(point.radius, cohen * (1 - 1e-12)) << p << " " << point.angle;
      }
    }
  }
}

// Votes on a slab have two sides: every direction crosses one of them.
TEST(Region, OfASlabStaysInside) {
  for (const double high : {0.6, 1.2, 2.0}) {
    for (const double low : {-0.9, -1.5, -3.0}) {
      const double q = normal_cdf(high).above + normal_cdf(low).below;
      const double u = normal_density(low) - normal_density(high);
      if (q >= 0.5) continue;
      const GradientKnowledge known{{1 - q, q}, std::abs(u), std::abs(u)};
      for (const RegionPoint& point : certified_slice(known, 25)) {
        const double shift = point.radius * std::cos(point.angle) * (u < 0 ? -1 : 1);
        const double kept = normal_cdf(high - shift).below - normal_cdf(low - shift).below;
        EXPECT_GE(kept, 0.5 - 1e-15) << high << " " << low << " " << point.angle;
      }
    }
  }
}

TEST(Region, DownTheGradientIsTheBallsRadius) {
  const GradientKnowledge known{{0.8, 0.2}, 0.05, 0.15};
  EXPECT_NEAR(directional_radius(known, -1), first_order_l2_radius(known.top, 0.15), 1e-12);
}

TEST(Region, KnowingMoreOfTheGradientCertifiesMoreEverywhere) {
  const auto loose = certified_slice({{0.8, 0.2}, 0.1, 0.2}, 13);
  const auto close = certified_slice({{0.8, 0.2}, 0.14, 0.16}, 13);
  for (std::size_t i = 0; i < loose.size(); ++i) {
    EXPECT_GE(close[i].radius, loose[i].radius - 1e-3) << loose[i].angle;
  }
}

TEST(Region, WithoutAMajorityIsEmptyAndRefusesNonsense) {
  for (const RegionPoint& point : certified_slice({{0.5, 0.5}, 0.1, 0.2}, 5)) {
    EXPECT_EQ(point.radius, 0);
  }
  EXPECT_THROW(directional_radius({{0.8, 0.2}, 0.2, 0.1}, 0), InputError);
  EXPECT_THROW(directional_radius({{0.8, 0.2}, 0.1, 0.2}, 1.5), InputError);
  EXPECT_THROW(directional_radius({{0.8, 0.2}, std::nan(""), 0.2}, 0), InputError);
  EXPECT_THROW(certified_slice({{0.8, 0.2}, 0.1, 0.2}, 1), InputError);
  EXPECT_THROW(first_order_kept({{0.8, 0.2}, 0.1, 0.2}, 0), InputError);
}

}  // namespace
}  // namespace certify
