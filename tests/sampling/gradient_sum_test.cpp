#include "core/sampling/statistics/gradient_sum.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/noise/gaussian.h"

namespace certify {
namespace {

constexpr std::int64_t kSize = 12;
constexpr NoiseStream kStream{7, 3, Phase::kEstimation};
const NoiseGenerator kUnit(gaussian_noise(1));

/// Votes of a half-space through z[0]: its gradient is φ(0) along the first axis.
struct Votes {
  explicit Votes(std::int64_t n) : votes(static_cast<std::size_t>(n)) {
    const std::vector<float> zero(kSize);
    std::vector<float> z(kSize);
    for (std::int64_t i = 0; i < n; ++i) {
      kUnit.add(zero.data(), z.data(), kSize, kStream, static_cast<std::uint32_t>(i));
      votes[static_cast<std::size_t>(i)] = z[0] > 0 ? 4 : 2;
    }
  }
  void add_to(GradientSum& sum, std::int64_t first, std::int64_t rows) const {
    sum.add(
        kUnit, kStream, first,
        std::span(votes).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(rows)),
        4);
  }
  std::vector<int> votes;
};

TEST(GradientSum, DoesNotDependOnHowSamplesWereSplitOrOrdered) {
  const Votes votes(1000);
  GradientSum whole(kSize), parts(kSize), reversed(kSize);
  votes.add_to(whole, 0, 1000);
  for (std::int64_t first = 0; first < 1000; first += 37) {
    votes.add_to(parts, first, std::min<std::int64_t>(37, 1000 - first));
  }
  for (std::int64_t first = 990; first >= 0; first -= 10) {
    GradientSum part(kSize);
    votes.add_to(part, first, 10);
    reversed.add(part);
  }
  EXPECT_EQ(whole, parts);
  EXPECT_EQ(whole, reversed);
}

TEST(GradientSum, IsTheAverageThatDoublesGive) {
  const Votes votes(501);
  GradientSum sum(kSize);
  votes.add_to(sum, 0, 501);
  std::array<std::vector<double>, 2> means{std::vector<double>(kSize), std::vector<double>(kSize)};
  const std::vector<float> zero(kSize);
  std::vector<float> z(kSize);
  for (std::int64_t i = 0; i < 501; ++i) {
    kUnit.add(zero.data(), z.data(), kSize, kStream, static_cast<std::uint32_t>(i));
    for (std::size_t k = 0; k < kSize; ++k) {
      means[static_cast<std::size_t>(i % 2)][k] +=
          static_cast<double>(z[k]) * (votes.votes[static_cast<std::size_t>(i)] == 4 ? 0.5 : -0.5);
    }
  }
  for (std::size_t k = 0; k < kSize; ++k) {
    means[0][k] /= 251;
    means[1][k] /= 250;
  }
  const auto subspaces = channel_subspaces({3, 2, 2});
  const GradientStatistics statistics = sum.statistics(4, subspaces);
  EXPECT_EQ(statistics.tested, 4);
  EXPECT_EQ(statistics.n1, 251);
  EXPECT_EQ(statistics.n2, 250);
  EXPECT_EQ(statistics.dimension, kSize);
  EXPECT_NEAR(statistics.dot,
              std::inner_product(means[0].begin(), means[0].end(), means[1].begin(), 0.0), 1e-8);
  double total = 0;
  ASSERT_EQ(statistics.subspaces.size(), 3u);
  for (const SubspaceDot& subspace : statistics.subspaces) {
    EXPECT_EQ(subspace.dimension, 4);
    total += subspace.dot;
  }
  EXPECT_EQ(statistics.subspaces[1].name, "G");
  EXPECT_NEAR(total, statistics.dot, 1e-15);
  const std::vector<float> mean = sum.mean();
  EXPECT_NEAR(mean[5], (251 * means[0][5] + 250 * means[1][5]) / 501, 1e-8);
}

TEST(GradientSum, FindsTheGradientOfAHalfSpace) {
  const Votes votes(40000);
  GradientSum sum(kSize);
  votes.add_to(sum, 0, 40000);
  const std::vector<float> mean = sum.mean();
  const double error = 5 * 0.5 / std::sqrt(40000.0);
  EXPECT_NEAR(mean[0], 1 / std::sqrt(2 * M_PI), error);
  for (std::size_t k = 1; k < kSize; ++k) EXPECT_NEAR(mean[k], 0, error);
}

}  // namespace
}  // namespace certify
