#include "models/learning/sigma_learning/sigma_learning.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace certify {
namespace {

TEST(Adam, FirstStepIsTheLearningRateWhateverTheGradientsSize) {
  Adam adam = Adam::of(3);
  std::vector<double> x{0, 0, 1};
  adam.ascend(x, std::vector<double>{1e-3, -40, 0}, 0.01);
  EXPECT_NEAR(x[0], 0.01, 1e-6);
  EXPECT_NEAR(x[1], -0.01, 1e-6);
  EXPECT_EQ(x[2], 1);
}

TEST(Adam, SecondStepIsThatOfTheFormula) {  // Kingma & Ba 2015, algorithm 1, by hand
  Adam adam = Adam::of(1);
  std::vector<double> x{0};
  adam.ascend(x, std::vector<double>{1.0}, 0.1);
  adam.ascend(x, std::vector<double>{3.0}, 0.1);
  const double m = (0.9 * 0.1 + 0.1 * 3) / (1 - 0.81);
  const double v = (0.999 * 0.001 + 0.001 * 9) / (1 - 0.999 * 0.999);
  EXPECT_NEAR(x[0], 0.1 + 0.1 * m / std::sqrt(v), 1e-8);
  EXPECT_EQ(adam.steps, 2);
}

TEST(Adam, ClimbsToTheTopOfAParabola) {
  Adam adam = Adam::of(1);
  std::vector<double> x{-1};
  for (int i = 0; i < 2000; ++i) {
    adam.ascend(x, std::vector<double>{-2 * (x[0] - 2)}, 0.05 * std::pow(0.997, i));
  }
  EXPECT_NEAR(x[0], 2, 1e-3);
}

}  // namespace
}  // namespace certify
