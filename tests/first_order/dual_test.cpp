#include "core/first_order/dual.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "core/stats/normal.h"

namespace certify {
namespace {

constexpr double kTau = 2 * std::numbers::pi;

/// Votes on a slab across a direction at `angle` from the way out: everything about it is known.
struct SlabVotes {
  double angle, low, high;
  FirstOrderFacts facts() const {
    const double q = normal_cdf(high).above + normal_cdf(low).below;
    const double mean = normal_density(low) - normal_density(high);
    return {{1 - q, q}, -mean * std::cos(angle), std::abs(mean * std::sin(angle))};
  }
  double moved(double r) const {
    const double shift = r * std::cos(angle);
    return normal_cdf(high - shift).below - normal_cdf(low - shift).below;
  }
};

std::vector<SlabVotes> slabs() {
  std::vector<SlabVotes> out;
  for (double angle = 0; angle < kTau; angle += kTau / 16) {
    for (const double high : {0.4, 1.2, 2.5, 9.0}) {
      for (const double low : {-0.6, -1.7, -9.0}) out.push_back({angle, low, high});
    }
  }
  return out;
}

// Weak duality itself: any multipliers, any votes. `along` may be negative here: the bound is on a
// itself.
TEST(Dual, NeverExceedsWhatVotesOnASlabKeep) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(-3, 2);
  for (const SlabVotes& votes : slabs()) {
    for (int trial = 0; trial < 6; ++trial) {
      const DualPoint lambda{std::exp(exponent(random)), std::exp(exponent(random)),
                             std::exp(exponent(random))};
      const double r = std::exp(exponent(random));
      EXPECT_LE(dual_value_lower(lambda, r, votes.facts()), votes.moved(r))
          << votes.angle << " " << votes.low << " " << votes.high << " r " << r;
    }
  }
}

TEST(Dual, DerivativesAreThoseOfTheValue) {
  const FirstOrderFacts facts{{0.8, 0.2}, 0.05, 0.24};
  const DualPoint lambda{2.4, 0.7, 1.4};
  const double r = 1.3, h = quadrature_step(lambda, r), step = 1e-6;
  const DualValue at = dual_value(lambda, r, facts, h);
  for (std::size_t i = 0; i < 3; ++i) {
    DualPoint more = lambda, less = lambda;
    more[i] += step;
    less[i] -= step;
    const DualValue up = dual_value(more, r, facts, h), down = dual_value(less, r, facts, h);
    EXPECT_NEAR(at.gradient[i], (up.value - down.value) / (2 * step), 1e-8);
    for (std::size_t j = 0; j < 3; ++j) {
      EXPECT_NEAR(at.curvature[i][j], (down.gradient[j] - up.gradient[j]) / (2 * step), 1e-8);
    }
  }
  const double ahead = dual_value(lambda, r + step, facts, h).value;
  const double behind = dual_value(lambda, r - step, facts, h).value;
  EXPECT_NEAR(at.slope, (ahead - behind) / (2 * step), 1e-8);
}

// The step that the strip allows is fine enough: half of it changes nothing.
TEST(Dual, QuadratureIsExactToRounding) {
  std::mt19937_64 random(2);
  std::uniform_real_distribution<double> exponent(-1.5, 1.5);
  const FirstOrderFacts facts{{0.9, 0.1}, 0.05, 0.1};
  for (int trial = 0; trial < 200; ++trial) {
    const DualPoint lambda{std::exp(exponent(random)), std::exp(exponent(random)),
                           std::exp(exponent(random))};
    const double r = std::exp(exponent(random)), h = quadrature_step(lambda, r);
    if (!(h > 0)) continue;
    const double coarse = dual_value(lambda, r, facts, h).value;
    const double fine = dual_value(lambda, r, facts, h / 2).value;
    EXPECT_NEAR(coarse, fine, 1e-13 * (1 + lambda[0] + lambda[1] + lambda[2])) << r;
    EXPECT_LT(dual_value_lower(lambda, r, facts), fine);
    EXPECT_GT(dual_value_lower(lambda, r, facts), fine - 1e-11);
  }
}

TEST(Dual, RefusesMultipliersThatProveNothing) {
  const FirstOrderFacts facts{{0.9, 0.1}, 0.05, 0.1};
  EXPECT_EQ(dual_value_lower({-0.1, 1, 1}, 1, facts), -1);
  EXPECT_EQ(dual_value_lower({1, -0.1, 1}, 1, facts), -1);
  EXPECT_EQ(dual_value_lower({1, 1, 0}, 1, facts), -1);
  EXPECT_EQ(dual_value_lower({1, std::nan(""), 1}, 1, facts), -1);
}

}  // namespace
}  // namespace certify
