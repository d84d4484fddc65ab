#include "core/stats/normal.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/stats/golden.h"

namespace certify {
namespace {

TEST(Normal, QuantilesOfBoundsAreOnTheSafeSideOfTheExactValue) {
  for (const auto& row : testing::golden().at("normal_quantile")) {
    const double tail = testing::number(row[0]);
    const long double z = testing::exact(row[1]);
    testing::expect_just_below(lower_quantile({1 - tail, tail}), z, 1e-14, row.dump());
    testing::expect_just_above(upper_quantile({1 - tail, tail}), z, 1e-14, row.dump());
    testing::expect_just_below(lower_quantile({tail, 1 - tail}), -z, 1e-14, row.dump());
    testing::expect_just_above(upper_quantile({tail, 1 - tail}), -z, 1e-14, row.dump());
  }
}

TEST(Normal, RadiiMatchTheIndependentTable) {
  for (const auto& entry : testing::independent_entries("radius_pA")) {
    const auto& in = entry.at("inputs");
    // 1 - p of a decimal p near 1, to more digits than a double has.
    const auto q = static_cast<double>(1 - testing::exact(in["pA"]));
    const double radius =
        multiply_down(testing::number(in["sigma"]), lower_quantile({testing::number(in["pA"]), q}));
    testing::expect_just_below(radius, testing::exact(entry["expected"]), 1e-9, entry.dump());
  }
}

TEST(Normal, NothingKnownIsInfinitelyBad) {
  EXPECT_EQ(lower_quantile({0, 1}), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(upper_quantile({1, 0}), std::numeric_limits<double>::infinity());
  EXPECT_EQ(lower_quantile({1, 0}), std::numeric_limits<double>::infinity());
}

TEST(Normal, CdfInvertsTheQuantile) {
  for (const double tail : {1e-200, 1e-12, 0.01, 0.3, 0.5}) {
    EXPECT_NEAR(normal_cdf(normal_quantile(1 - tail, tail)).above / tail, 1, 1e-12);
    EXPECT_NEAR(normal_cdf(normal_quantile(tail, 1 - tail)).below / tail, 1, 1e-12);
  }
  EXPECT_NEAR(normal_density(0), 0.3989422804014327, 1e-16);  // 1/√(2π)
}

TEST(Normal, RoundedArithmeticNeverExceedsTheExactResult) {
  for (double a = 0.1; a < 3; a += 0.173) {
    for (double b = 0.07; b < 5; b += 0.191) {
      const auto product = static_cast<long double>(a) * static_cast<long double>(b);
      EXPECT_LE(static_cast<long double>(multiply_down(a, b)), product);
      EXPECT_LE(static_cast<long double>(subtract_down(a, b)),
                static_cast<long double>(a) - static_cast<long double>(b));
    }
  }
}

}  // namespace
}  // namespace certify
