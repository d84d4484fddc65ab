#include "models/learning/sigma_learning/area_objective.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/errors.h"

namespace certify {
namespace {

TEST(AreaObjective, IsTheDimensionTimesTheLogarithmOfTheQuantile) {
  const AreaObjective objective(10, 100'000, 0.001);
  EXPECT_NEAR(objective.at(0.8413447460685429)->value, 0, 1e-12);                 // Φ(1)
  EXPECT_NEAR(objective.at(0.9772498680518208)->value, 10 * std::log(2), 1e-11);  // Φ(2)
}

TEST(AreaObjective, SlopeIsThatOfFiniteDifferences) {
  const AreaObjective objective(784, 100'000, 0.001);
  for (const double p : {0.501, 0.55, 0.7, 0.9, 0.99, 0.9998}) {
    const double h = 1e-5 * std::min(p - 0.5, 1 - p);
    const double difference = (objective.at(p + h)->value - objective.at(p - h)->value) / (2 * h);
    EXPECT_NEAR(objective.at(p)->slope / difference, 1, 1e-6) << p;
  }
}

TEST(AreaObjective, NothingUpToOneHalf) {
  const AreaObjective objective(3, 1000, 0.001);
  for (const double p : {0.0, 0.3, 0.5, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_FALSE(objective.at(p)) << p;
  }
  EXPECT_TRUE(objective.at(0.5 + 1e-12));
}

TEST(AreaObjective, EarnsNothingBeyondWhatTheSamplesCanProve) {
  const AreaObjective objective(5, 1000, 0.001);
  // The largest p that 1000 samples can prove is 0.001^(1/1000) = 0.9931160484.
  EXPECT_GT(objective.at(0.993116048)->slope, 0);
  EXPECT_EQ(objective.at(0.993116049)->slope, 0);
  EXPECT_EQ(objective.at(0.9999)->value, objective.at(1)->value);
  EXPECT_EQ(objective.at(0.9999)->slope, 0);
  EXPECT_GT(objective.at(0.993)->slope, 0);
  EXPECT_TRUE(std::isfinite(objective.at(1)->value));
}

TEST(AreaObjective, NeedsSamplesThatCanCertify) {
  EXPECT_THROW(AreaObjective(5, 9, 0.001), InputError);  // 0.001^(1/9) = 0.46
  EXPECT_NO_THROW(AreaObjective(5, 10, 0.001));
  EXPECT_THROW(AreaObjective(5, 0, 0.001), InputError);
  EXPECT_THROW(AreaObjective(5, 100, 1), InputError);
  EXPECT_THROW(AreaObjective(5, 100, std::numeric_limits<double>::quiet_NaN()), InputError);
}

}  // namespace
}  // namespace certify
