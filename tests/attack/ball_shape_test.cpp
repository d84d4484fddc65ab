#include "core/attack/ball_shape.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "core/noise/families.h"

namespace certify {
namespace {

const BallShape kL2(kGaussian), kL1(find_noise_family("uniform")),
    kImages(find_noise_family("splitting:all"));

std::vector<float> levels(const std::vector<int>& of) {
  std::vector<float> x;
  for (const int level : of) x.push_back(static_cast<float>(level) / 255.0f);
  return x;
}

TEST(BallShape, DistanceIsRoundedUp) {
  const auto tenth = static_cast<double>(0.1f);
  EXPECT_GE(kL2.distance({0, 0, 0}, {0.1f, 0.1f, 0.1f}), std::sqrt(3.0) * tenth);
  EXPECT_NEAR(kL2.distance({1, 2}, {4, 6}), 5, 1e-13);
  EXPECT_EQ(kL2.distance({1, 2}, {1, 2}), 0);
}

TEST(BallShape, StepsAreCountedWhole) {
  // In single precision these two are 2.0000001 and 1.9999999 steps apart.
  for (int level = 0; level < 250; ++level) {
    const double d = kL1.distance(levels({level, 7}), levels({level + 2, 4}));
    EXPECT_GE(d, 5.0 / 255);
    EXPECT_NEAR(d, 5.0 / 255, 1e-15);
  }
}

/// The nearest point of an ℓ1 ball: all lengths shrink by one number, found here by bisection.
std::vector<double> nearest_in_l1(double radius, std::vector<double> move) {
  double low = 0, high = 10;
  const auto shrunk = [&](double by) {
    double sum = 0;
    for (const double x : move) sum += std::max(0.0, std::abs(x) - by);
    return sum;
  };
  if (shrunk(0) <= radius) return move;
  for (int i = 0; i < 200; ++i) (shrunk((low + high) / 2) > radius ? low : high) = (low + high) / 2;
  for (double& x : move) x = std::copysign(std::max(0.0, std::abs(x) - high), x);
  return move;
}

TEST(BallShape, L1StepsTakeTheSteepestHundredthAndComeBackToTheNearestPoint) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  std::vector<float> gradient(250), center(250, 0.5f);
  for (float& g : gradient) g = normal(random);
  std::vector<double> move(250, 0.0);
  ASSERT_TRUE(kL1.climb(center, 10, 0.3, gradient, move));
  double length = 0;
  std::size_t moved_elements = 0;
  float least = 1e9f, most_left = 0;
  for (std::size_t i = 0; i < 250; ++i) {
    length += std::abs(move[i]);
    moved_elements += move[i] != 0;
    if (move[i] != 0) {
      EXPECT_EQ(move[i] > 0, gradient[i] > 0);
      least = std::min(least, std::abs(gradient[i]));
    } else {
      most_left = std::max(most_left, std::abs(gradient[i]));
    }
  }
  EXPECT_EQ(moved_elements, 3u);
  EXPECT_GE(least, most_left);
  EXPECT_NEAR(length, 0.3, 1e-12);

  for (double& x : move) x = 0.02 * static_cast<double>(normal(random));
  for (const double radius : {0.01, 0.5, 1.0, 3.0, 100.0}) {
    std::vector<double> climbed = move, expected = move;
    ASSERT_TRUE(kL1.climb(center, 1e9, 0.3, gradient, expected));
    expected = nearest_in_l1(radius, expected);
    ASSERT_TRUE(kL1.climb(center, radius, 0.3, gradient, climbed));
    for (std::size_t i = 0; i < 250; ++i) EXPECT_NEAR(climbed[i], expected[i], 1e-12);
  }
}

TEST(BallShape, NothingClimbsWhereTheGradientVanishesOrIsNoNumber) {
  for (const float g : {0.0f, std::nanf(""), HUGE_VALF}) {
    std::vector<double> move{0.25, 0.25};
    for (const BallShape* shape : {&kL1, &kL2, &kImages}) {
      EXPECT_FALSE(shape->climb({0.5f, 0.5f}, 1, 0.1, std::vector<float>{g, g}, move));
    }
    EXPECT_EQ(move, (std::vector<double>{0.25, 0.25}));
  }
}

TEST(BallShape, WhereRadiiAreOfImagesNoElementLeavesItsRangeAndAnotherMovesInstead) {
  const std::vector<float> center = levels({255, 0, 100}), gradient{9, -9, 1};
  std::vector<double> move(3, 0.0);
  ASSERT_TRUE(kImages.climb(center, 1, 0.2, gradient, move));
  EXPECT_EQ(move[0], 0);
  EXPECT_EQ(move[1], 0);
  EXPECT_NEAR(move[2], 0.2, 1e-12);
  ASSERT_TRUE(kImages.climb(center, 3, 2, gradient, move));
  EXPECT_NEAR(move[2], 155.0 / 255, 1e-6);
  EXPECT_FALSE(kImages.climb(center, 3, 2, gradient, move)) << "none is left to move";
  ASSERT_TRUE(kL1.climb(center, 1, 0.2, gradient, move));
  EXPECT_GT(move[0], 0) << "uniform noise is certified beyond images";
}

TEST(BallShape, PointsAreWholeStepsInsideTheBall) {
  std::mt19937 random(5);
  std::uniform_int_distribution<int> level(0, 255);
  std::normal_distribution<double> normal;
  for (int round = 0; round < 200; ++round) {
    std::vector<int> of(40);
    for (int& l : of) l = level(random);
    const std::vector<float> center = levels(of);
    std::vector<double> move(40);
    for (double& x : move) x = round % 3 == 0 && normal(random) > 0 ? 0.0 : 0.05 * normal(random);
    for (const BallShape* shape : {&kL1, &kImages}) {
      const double radius = 0.02 * (1 + round % 50);
      std::vector<double> inside = nearest_in_l1(radius, move);
      const std::vector<float> point = shape->point(center, radius, inside);
      EXPECT_LE(shape->distance(center, point), radius);
      EXPECT_GE(shape->distance(center, point),
                0.5 * shape->distance(center, moved(center, inside)) - 4.0 / 255);
      for (std::size_t i = 0; i < 40; ++i) {
        const double steps = static_cast<double>(point[i]) * 255;
        EXPECT_NEAR(steps, std::nearbyint(steps), 1e-4);
        if (inside[i] == 0) {
          EXPECT_NEAR(steps, of[i], 1e-4) << "stays where it is";
        }
        if (shape == &kImages) {
          EXPECT_GE(point[i], 0);
          EXPECT_LE(point[i], 1);
        }
      }
    }
  }
}

}  // namespace
}  // namespace certify
