#include "core/verify/bounds/trinomial.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace certify::checker {
namespace {

/// Every outcome, one by one.
Real enumerated(std::int64_t n, const Trinomial& at, const Edge& edge) {
  Real sum = 0;
  for (std::int64_t x2 = 0; x2 <= n; ++x2) {
    for (std::int64_t x1 = std::max<std::int64_t>(0, edge(x2)); x1 <= n - x2; ++x1) {
      Real log_mass = std::lgamma(static_cast<Real>(n + 1));
      const auto factor = [&](std::int64_t x, Real p) {
        if (x > 0) log_mass += static_cast<Real>(x) * std::log(p);
        log_mass -= std::lgamma(static_cast<Real>(x + 1));
      };
      factor(x1, at.p1);
      factor(x2, at.p2);
      factor(n - x1 - x2, at.p3);
      sum += std::exp(log_mass);
    }
  }
  return sum;
}

TEST(RegionTail, IsTheSumOverAllOutcomes) {
  const Edge lead = [](std::int64_t x2) { return x2 + 9; };
  const Edge steep = [](std::int64_t x2) { return 20 + 2 * x2; };
  for (const Edge& edge : {lead, steep}) {
    for (const Trinomial at :
         {Trinomial{0.5L, 0.3L, 0.2L}, Trinomial{0.9L, 0.01L, 0.09L}, Trinomial{0.6L, 0.4L, 0}}) {
      const Real all = enumerated(40, at, edge);
      EXPECT_LT(std::abs(region_tail(40, at, edge, 1e-6L) / all - 1), 1e-11L)
          << static_cast<double>(all);
    }
  }
}

TEST(RegionTail, WithoutARivalIsBinomial) {
  const Edge lead = [](std::int64_t x2) { return x2 + 30; };
  EXPECT_EQ(region_tail(40, {0.7L, 0, 0.3L}, lead, 0.01L), upper_tail(30, 40, Share::from_p(0.7L)));
}

TEST(FirstMarginTail, OfAnEvenSumIsBinomial) {
  const Share half = Share::from_p(0.6L);
  EXPECT_NEAR(
      static_cast<double>(first_margin_tail(30, 50, half, 0.01L) / upper_tail(40, 50, half)), 1,
      1e-12);
}

/// methods.md, section 1: with n = 50 and t = 49 the closed form with ceil is wrong; at alpha =
/// 1e-3 it fails with 1.22e-3.
TEST(FirstMarginTail, OfAnOddSumIsLargerThanTheRoundedClosedForm) {
  const Share ceiling = Share::from_p(std::pow(1e-3L, 1.0L / 50));
  EXPECT_NEAR(static_cast<double>(first_margin_tail(49, 50, ceiling, 1e-3L)), 1.22e-3, 5e-6);
}

/// No bound exceeds 2 Φ⁻¹(α^(1/n)), and that one is reached where all samples agree.
TEST(SecondMarginTail, OfAllSamplesAgreeingIsThePowerOfTheProbability) {
  SecondMarginTail outcomes(100, 0, 100, 0.001L);
  const Real theta = 2 * quantile_hint(Share::from_p(std::pow(0.001L, 0.01L)));
  EXPECT_NEAR(static_cast<double>(outcomes.largest(theta)), 0.001, 1e-14);
  EXPECT_GT(outcomes.largest(theta + 1e-9L), 0.001L);
}

/// A margin whose worst distribution is in a narrow peak beside the end of the range. The value is
/// from enumeration of all outcomes of 100 samples in double precision, by other code, on a grid.
TEST(SecondMarginTail, FindsANarrowPeak) {
  SecondMarginTail outcomes(64, 25, 100, 0.0009L);
  const double tail = static_cast<double>(outcomes.largest(0.2565191691364L));
  EXPECT_GE(tail, 0.00090982);
  EXPECT_LT(tail, 0.00092);
}

/// The same where two samples in a thousand are for a third class; the peak is 0.002 from the end.
TEST(SecondMarginTail, FindsAPeakBesideTheEndOfTheRange) {
  SecondMarginTail outcomes(554, 298, 1000, 0.001L);
  const double tail = static_cast<double>(outcomes.largest(0.431989L));
  EXPECT_GE(tail, 0.00101585439);
  EXPECT_LT(tail, 0.0010159);
}

TEST(SecondMarginTail, RisesWithTheMargin) {
  SecondMarginTail outcomes(95, 2, 100, 0.001L);
  EXPECT_LT(outcomes.largest(2.2L), outcomes.largest(2.36L));
  EXPECT_LT(outcomes.largest(2.36L), 0.001L);  // methods.md: 2.378 is the bound
  EXPECT_GT(outcomes.largest(2.39L), 0.001L);
}

TEST(LargestFound, FindsThePeakBetweenPoints) {
  const auto peak = [](Real x) { return 1 - (x - 0.123L) * (x - 0.123L); };
  EXPECT_NEAR(static_cast<double>(largest_found(0, 1, 10, Spacing::kEven, peak)), 1, 1e-9);
  EXPECT_NEAR(static_cast<double>(largest_found(1e-3L, 1, 10, Spacing::kLogarithmic, peak)), 1,
              1e-9);
}

}  // namespace
}  // namespace certify::checker
