#include "models/learning/training/training.h"

#include <gtest/gtest.h>

namespace certify {
namespace {

TEST(Schedule, ClimbsToItsPeakThenFallsAsHalfACosine) {
  const Schedule schedule{0.4, 104, 4};
  EXPECT_DOUBLE_EQ(schedule.learning_rate(0), 0.1);
  EXPECT_DOUBLE_EQ(schedule.learning_rate(3), 0.4);
  EXPECT_DOUBLE_EQ(schedule.learning_rate(4), 0.4);
  EXPECT_NEAR(schedule.learning_rate(54), 0.2, 1e-12);
  EXPECT_GT(schedule.learning_rate(103), 0);
  EXPECT_LT(schedule.learning_rate(103), 0.001);
}

TEST(Schedule, MayStartAtItsPeak) {
  EXPECT_DOUBLE_EQ((Schedule{0.1, 10, 0}.learning_rate(0)), 0.1);
}

}  // namespace
}  // namespace certify
