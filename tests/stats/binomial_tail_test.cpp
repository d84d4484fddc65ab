#include "core/stats/binomial/binomial_tail.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/stats/golden.h"

namespace certify {
namespace {

TEST(BinomialTail, ErrorStaysFarWithinTheMarginThatBoundsRelyOn) {
  for (const auto& row : testing::golden().at("binomial_upper_tail")) {
    const auto n = row[1].get<std::int64_t>();
    const auto at = Proportion::from_p(testing::number(row[2]));
    const double error = static_cast<double>(
        binomial_upper_tail(row[0].get<std::int64_t>(), n, at).log_tail - testing::exact(row[3]));
    EXPECT_LE(std::abs(error), binomial_tail_error(n) / 4) << row;
  }
}

TEST(BinomialTail, TailsOnBothSidesOfAPointSumToOne) {
  for (const std::int64_t n : {1, 2, 10, 1000, 100000}) {
    for (const double p : {1e-4, 0.1, 0.5, 0.93}) {
      for (std::int64_t k = 1; k <= n; k += 1 + n / 37) {
        const auto at = Proportion::from_p(p);
        const double above = std::exp(binomial_upper_tail(k, n, at).log_tail);
        const double below = std::exp(binomial_lower_tail(k - 1, n, at).log_tail);
        EXPECT_NEAR(above + below, 1, 1e-12) << k << " of " << n << " at " << p;
      }
    }
  }
}

TEST(BinomialTail, HazardIsThePmfOverTheTail) {
  const auto at = Proportion::from_p(0.3);
  for (std::int64_t k = 0; k <= 50; ++k) {
    double tail = 0;
    for (std::int64_t i = k; i <= 50; ++i) tail += std::exp(binomial_log_pmf(i, 50, at));
    EXPECT_NEAR(std::exp(binomial_upper_tail(k, 50, at).log_tail) / tail, 1, 1e-12) << k;
    EXPECT_NEAR(binomial_upper_tail(k, 50, at).hazard, std::exp(binomial_log_pmf(k, 50, at)) / tail,
                1e-12);
  }
}

TEST(BinomialTail, ImpossibleCountsHaveNoMass) {
  EXPECT_EQ(std::exp(binomial_log_pmf(-1, 5, {0.5, 0.5})), 0);
  EXPECT_EQ(std::exp(binomial_log_pmf(6, 5, {0.5, 0.5})), 0);
  EXPECT_EQ(std::exp(binomial_log_pmf(2, 5, {0, 1})), 0);
}

}  // namespace
}  // namespace certify
