#include "core/first_order/ball_radius.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/base/errors.h"
#include "core/stats/normal.h"
#include "tests/first_order/golden.h"

namespace certify {
namespace {

using testing::exact;
using testing::expect_just_below;
using testing::number;

LowerBound exactly(double p) { return {p, 1 - p}; }

TEST(BallRadius, IsThePrimalSolutionAndNeverAbove) {
  for (const auto& row : testing::first_order_golden()["ball_radius"]) {
    expect_just_below(first_order_l2_radius(exactly(number(row[0])), number(row[1])), exact(row[2]),
                      1e-11, row.dump());
  }
}

TEST(BallRadius, IsTheIndependentTablesToTwelveDigitsAndNeverAbove) {
  for (const auto& entry : testing::independent_entries("first_order_l2")) {
    const double q = number(entry["inputs"]["q"]), m = number(entry["inputs"]["m"]);
    expect_just_below(first_order_l2_radius(exactly(q), m), exact(entry["expected"]["r"]), 1e-11,
                      entry.dump());
  }
}

// q = .8, m = .2: the system with the printed sign of (7b) would give 1.955.
TEST(BallRadius, HasTheCorrectedSign) {
  EXPECT_NEAR(first_order_l2_radius(exactly(0.8), 0.2), 0.928907663877, 1e-11);
}

TEST(BallRadius, OfALongGradientIsThatOfCohen) {
  for (const double p : {0.5000001, 0.6, 0.9, 0.999, 1 - 1e-9}) {
    const double cohen = lower_quantile(exactly(p));
    EXPECT_EQ(first_order_l2_radius(exactly(p), normal_density(cohen)), cohen);
    EXPECT_EQ(first_order_l2_radius(exactly(p), 1), cohen);
  }
}

TEST(BallRadius, FallsWithTheGradientAndGrowsWithTheProbability) {
  double before = 100;
  for (double m = 0; m < 0.4; m += 0.004) {
    const double r = first_order_l2_radius(exactly(0.7), m);
    EXPECT_LE(r, before * (1 + 1e-12)) << m;
    before = r;
  }
  before = 0;
  for (double p = 0.5; p < 1; p += 0.001) {
    const double r = first_order_l2_radius(exactly(p), 0.05);
    EXPECT_GE(r, before * (1 - 1e-12)) << p;
    before = r;
  }
}

// Votes on a slab have P, m and P moved in closed form: nothing larger may be claimed for them.
TEST(BallRadius, OfEverySlabIsReachedByThatSlab) {
  for (const double high : {0.3, 0.8, 1.5, 3.0, 4.5}) {
    for (const double low : {-0.5, -1.0, -2.0, -5.0}) {
      const double q = normal_cdf(high).above + normal_cdf(low).below;
      if (q >= 0.5) continue;
      const double m = std::abs(normal_density(high) - normal_density(low));
      const double r = first_order_l2_radius({1 - q, q}, m);
      const double sign = normal_density(high) > normal_density(low) ? 1 : -1;
      const double left = sign > 0 ? normal_cdf(high - r).below - normal_cdf(low - r).below
                                   : normal_cdf(high + r).below - normal_cdf(low + r).below;
      EXPECT_NEAR(left, 0.5, 1e-11) << low << " " << high;
      EXPECT_GE(left, 0.5 - 1e-15) << low << " " << high;
    }
  }
}

TEST(BallRadius, IsZeroWithoutAMajorityAndRefusesNonsense) {
  EXPECT_EQ(first_order_l2_radius(exactly(0.5), 0.1), 0);
  EXPECT_EQ(first_order_l2_radius({0, 1}, 0.1), 0);
  EXPECT_THROW(first_order_l2_radius(exactly(0.9), -1), InputError);
  EXPECT_THROW(first_order_l2_radius(exactly(0.9), std::nan("")), InputError);
}

}  // namespace
}  // namespace certify
