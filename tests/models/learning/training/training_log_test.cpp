#include "models/learning/training/training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::vector<EpochResult> kEpochs{{1, 0.1, 2.25, 0.3, 0.25, 12.34},
                                       {2, 0.05, 1.5, 0.6, 0.55, 12}};

TEST(TrainingLog, IsALineAnEpoch) {
  EXPECT_EQ(training_csv(kEpochs),
            "epoch,learning_rate,loss,accuracy_clean,accuracy_noisy,seconds\n"
            "1,0.1,2.250000,0.3000,0.2500,12.3\n"
            "2,0.05,1.500000,0.6000,0.5500,12.0\n");
}

TEST(TrainingLog, DrawsLossAndAccuraciesUpToTheLastEpoch) {
  // 532 px of axis for epochs 1 to 5; loss 2.25 is the top of its panel, accuracies are of 190 px.
  const std::string svg = training_svg(kEpochs, 5, "a < b");
  EXPECT_THAT(svg, AllOf(HasSubstr("points=\"58.0,44.0 191.0,107.3\""),
                         HasSubstr("points=\"58.0,401.0 191.0,344.0\""),
                         HasSubstr("epoch 2: noisy 0.5500"), HasSubstr("a &lt; b")));
}

TEST(TrainingLog, OfASingleEpochHasAnAxis) {
  EXPECT_THAT(training_svg(std::span(kEpochs).first(1), 1, "t"), HasSubstr("points=\"58.0,44.0\""));
  EXPECT_THROW(training_svg({}, 5, "t"), InputError);
}

}  // namespace
}  // namespace certify
