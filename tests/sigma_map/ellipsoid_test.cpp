#include "core/sigma_map/ellipsoid.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace certify {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// (D/2) ln π - ln Γ(D/2 + 1) by mpmath 1.3 with 40 digits.
TEST(LogUnitBall, IsJustBelowTheExactValueUpToTheSizeOfImageNet) {
  struct Reference {
    std::int64_t dimension;
    double exact;
  };
  for (const Reference& r :
       {Reference{1, 0.69314718055994530942}, Reference{2, 1.1447298858494001741},
        Reference{3, 1.4324119583011811016}, Reference{784, -1503.9053079829842498},
        Reference{3072, -7979.8174560337517131}, Reference{150528, -683706.76597996539572}}) {
    const double found = log_unit_ball(r.dimension);
    EXPECT_LE(found, r.exact) << r.dimension;
    EXPECT_NEAR(found, r.exact, 1e-13 * std::abs(r.exact) + 1e-14) << r.dimension;
  }
}

/// The share of points of the box around an ellipsoid that lie in it, times the box.
double volume_by_monte_carlo(const std::vector<double>& sigma, double radius, int points) {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> side(-1, 1);
  double box = 1;
  for (const double s : sigma) box *= 2 * s * radius;
  int inside = 0;
  for (int i = 0; i < points; ++i) {
    double squares = 0;
    for (const double s : sigma) {
      const double moved = side(random) * s * radius;
      squares += moved * moved / (s * s);
    }
    inside += squares <= radius * radius;
  }
  return box * inside / points;
}

TEST(Ellipsoid, VolumeIsThatOfMonteCarloInLowDimension) {
  for (const auto& [shape, sigma] : std::vector<std::pair<ImageShape, std::vector<double>>>{
           {{1, 1, 2}, {0.1, 0.7}}, {{3, 1, 1}, {0.2, 0.5, 1.5}}, {{1, 2, 2}, {0.3, 1, 0.1, 2}}}) {
    constexpr int kPoints = 400000;
    constexpr double kRadius = 1.7;
    const SigmaMap map = make_sigma_map(shape, sigma);
    const Ellipsoid found = ellipsoid_of(kRadius * map.smallest, map);
    const double expected = volume_by_monte_carlo(sigma, kRadius, kPoints);
    EXPECT_NEAR(std::exp(found.log_volume) / expected, 1, 0.01) << sigma.size();
  }
}

// Σ ln σ_i, with 40 digits: σ_i = (1 + i mod 97) / 400 for i < 3072, radius 2.5 in units of σ.
TEST(Ellipsoid, AreasInTheDimensionOfCifarAreJustBelowTheExactOnes) {
  std::vector<double> sigma;
  for (int i = 0; i < 3072; ++i) sigma.push_back((1 + i % 97) / 400.0);
  const SigmaMap map = make_sigma_map({3, 32, 32}, sigma);
  const Ellipsoid found = ellipsoid_of(2.5 * map.smallest, map);
  EXPECT_LE(found.radius, 2.5);
  EXPECT_NEAR(found.radius, 2.5, 1e-15);
  EXPECT_LE(found.log_area, -4533.0137143819021071);
  EXPECT_NEAR(found.log_area, -4533.0137143819021071, 1e-10);
  EXPECT_LE(found.log_volume, -12512.83117041565382);
  EXPECT_NEAR(found.log_volume, -12512.83117041565382, 1e-10);
}

TEST(Ellipsoid, OfNothingHasNoAreaAndNoRadius) {
  const SigmaMap map = make_sigma_map({1, 1, 2}, {0.5, 1});
  for (const Ellipsoid& nothing : {ellipsoid_of(0, map), ball_of(0, 2)}) {
    EXPECT_EQ(nothing.radius, 0);
    EXPECT_EQ(nothing.log_area, -kInfinity);
    EXPECT_EQ(nothing.log_volume, -kInfinity);
  }
}

TEST(Ellipsoid, OfAConstantMapIsTheBall) {
  const SigmaMap map = make_sigma_map({3, 4, 5}, std::vector<double>(60, 0.25));
  for (const double radius : {1e-6, 0.1, 0.6180339887, 40.0}) {
    const Ellipsoid found = ellipsoid_of(radius, map), ball = ball_of(radius, 60);
    EXPECT_LE(found.radius, radius / 0.25);
    EXPECT_GT(found.radius, radius / 0.25 * (1 - 3e-16));
    EXPECT_NEAR(found.log_area, ball.log_area, 1e-12);
    EXPECT_NEAR(found.log_volume, ball.log_volume, 1e-12);
  }
}

}  // namespace
}  // namespace certify
