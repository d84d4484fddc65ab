#include "core/sampling/statistics/subsample.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/base/errors.h"

namespace certify {
namespace {

const ClassCounts kCounts{{600, 0, 300, 90}, 10};

TEST(Subsample, TakesTheNumberAskedForAndNoMoreThanThereAre) {
  for (const std::int64_t n : {1, 10, 500, 999, 1000}) {
    const ClassCounts drawn = subsample(kCounts, n, 1, 2);
    EXPECT_EQ(drawn.total(), n);
    for (std::size_t k = 0; k < 4; ++k) EXPECT_LE(drawn.votes[k], kCounts.votes[k]);
    EXPECT_LE(drawn.invalid, kCounts.invalid);
  }
  EXPECT_EQ(subsample(kCounts, 1000, 1, 2), kCounts);
}

TEST(Subsample, DependsOnSeedAndImageAlone) {
  EXPECT_EQ(subsample(kCounts, 100, 1, 2), subsample(kCounts, 100, 1, 2));
  EXPECT_NE(subsample(kCounts, 100, 1, 2), subsample(kCounts, 100, 1, 3));
  EXPECT_NE(subsample(kCounts, 100, 1, 2), subsample(kCounts, 100, 2, 2));
}

// A hypergeometric count has mean n K / N and variance n (K/N)(1-K/N)(N-n)/(N-1).
TEST(Subsample, IsHypergeometricInMeanAndVariance) {
  constexpr int kDraws = 20000;
  double sum = 0, squares = 0;
  for (int image = 0; image < kDraws; ++image) {
    const auto x = static_cast<double>(subsample(kCounts, 100, 7, image).votes[2]);
    sum += x;
    squares += x * x;
  }
  const double mean = sum / kDraws, variance = squares / kDraws - mean * mean;
  const double expected = 100 * 0.3 * 0.7 * 900.0 / 999;
  EXPECT_NEAR(mean, 30, 5 * std::sqrt(expected / kDraws));
  EXPECT_NEAR(variance, expected, 5 * expected * std::sqrt(2.0 / kDraws));
}

TEST(Subsample, RefusesMoreThanThereAre) {
  EXPECT_THROW(subsample(kCounts, 1001, 0, 0), InputError);
  EXPECT_THROW(subsample(kCounts, 0, 0, 0), InputError);
}

}  // namespace
}  // namespace certify
