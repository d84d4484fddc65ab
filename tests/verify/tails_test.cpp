#include "core/verify/bounds/tails.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>

#include "tests/verify/golden.h"

namespace certify::checker {
namespace {

TEST(CheckerTails, AgreeWithMpmathToAHundredthOfTheStatedError) {
  for (const auto& [k, n, p, value] : golden_lines("tail")) {
    const Real expected = std::strtold(value.c_str(), nullptr);
    const Real tail = upper_tail(std::stoll(k), std::stoll(n), Share::from_p(std::stod(p)));
    EXPECT_LT(std::abs(tail / expected - 1), kTailError / 100) << k << " of " << n << ", p = " << p;
  }
}

TEST(CheckerTails, OfACountAndOfItsComplementAreTheSame) {
  EXPECT_EQ(lower_tail(3, 10, Share::from_p(0.25L)), upper_tail(7, 10, Share::from_p(0.75L)));
  EXPECT_NEAR(static_cast<double>(upper_tail(4, 10, Share::from_p(0.25L)) +
                                  lower_tail(3, 10, Share::from_p(0.25L))),
              1, 1e-17);
}

TEST(CheckerTails, AtTheEnds) {
  const Share half{0.5L, 0.5L};
  EXPECT_EQ(upper_tail(0, 5, half), 1);
  EXPECT_EQ(upper_tail(-2, 5, half), 1);
  EXPECT_EQ(upper_tail(6, 5, half), 0);
  EXPECT_EQ(upper_tail(5, 5, Share{1, 0}), 1);
  EXPECT_EQ(upper_tail(1, 5, Share{0, 1}), 0);
  EXPECT_NEAR(static_cast<double>(upper_tail(5, 5, half)), 1.0 / 32, 1e-18);
}

/// The test of the checker's resolution: mpmath says which double is the last sound one.
TEST(CheckerNormal, PassesTheLargestSoundRadiusAndNotTheNextDouble) {
  for (const auto& [q, sigma, none, value] : golden_lines("radius")) {
    const Share rest = Share::from_q(std::stod(q));
    const double radius = std::stod(value);
    const double next = std::nextafter(radius, std::numeric_limits<double>::infinity());
    EXPECT_TRUE(normal_at_most(static_cast<Real>(radius) / std::stod(sigma), rest)) << q;
    EXPECT_FALSE(normal_at_most(static_cast<Real>(next) / std::stod(sigma), rest)) << q;
  }
}

TEST(CheckerNormal, HoldsForNegativeArgumentsToo) {
  EXPECT_TRUE(normal_at_most(-2, Share::from_p(0.0228L)));
  EXPECT_FALSE(normal_at_most(-2, Share::from_p(0.0227L)));  // Φ(-2) = 0.02275
}

TEST(CheckerNormal, HintsAreWhereTheyShouldBe) {
  for (const Real p : {1e-300L, 1e-20L, 0.001L, 0.3L, 0.5L, 0.7L, 0.999L}) {
    const Real at = normal(quantile_hint(Share::from_p(p))).p;
    EXPECT_LT(std::abs(at / p - 1), 1e-15L) << static_cast<double>(p);
  }
}

}  // namespace
}  // namespace certify::checker
