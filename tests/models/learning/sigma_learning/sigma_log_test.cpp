#include "models/learning/sigma_learning/sigma_learning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/base/errors.h"

namespace certify {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::vector<SigmaEpoch> kEpochs{
    {1, 1e-3, std::numeric_limits<double>::quiet_NaN(), 0, 0.3, 0.3, 0.3, 12.34},
    {2, 5e-4, -250.5, 0.9, 0.31, 0.2, 0.5, 12}};

TEST(SigmaLog, IsALineAnEpoch) {
  EXPECT_EQ(sigma_csv(kEpochs),
            "epoch,learning_rate,area,accuracy,sigma_mean,sigma_min,sigma_max,seconds\n"
            "1,0.001,nan,0.0000,0.3,0.3,0.3,12.3\n"
            "2,0.0005,-250.5000,0.9000,0.31,0.2,0.5,12.0\n");
}

TEST(SigmaLog, DrawsAreaAccuracyAndSigmaAndLeavesOutWhatIsNoNumber) {
  const std::string svg = sigma_svg(kEpochs, 5, "a < b");
  EXPECT_THAT(svg, AllOf(HasSubstr("log certified area"), HasSubstr("epoch 2: area -250.5000"),
                         HasSubstr("epoch 1: accuracy 0.0000"), HasSubstr("epoch 2: largest 0.5"),
                         HasSubstr("a &lt; b"), HasSubstr("</svg>")));
  EXPECT_THAT(svg, Not(AnyOf(HasSubstr("epoch 1: area"), HasSubstr("nan"))));
  EXPECT_THROW(sigma_svg({}, 5, "t"), InputError);
}

}  // namespace
}  // namespace certify
