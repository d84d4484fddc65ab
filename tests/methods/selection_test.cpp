#include "core/methods/selection.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/base/errors.h"
#include "tests/methods/samples.h"

namespace certify {
namespace {

using testing::samples_of;

TEST(Selection, RunnerUpIsTheLargestOtherCountOfTheSameSamples) {
  // The selection samples prefer class 2 as runner-up; that must not matter.
  const auto tested = select(samples_of({60, 10, 30}, {600, 210, 190}),
                             {.noise = gaussian_noise(1)}, SelectionCost::kUnion);
  EXPECT_EQ(tested.top, 0);
  EXPECT_EQ(tested.n_runner_up, 210);
  EXPECT_EQ(tested.alpha, 0.001);
}

TEST(Selection, SpendsAlphaOnlyWhenTheSameSamplesChoose) {
  const auto samples = samples_of({9, 1, 0, 0}, {5, 90, 3, 2}, 2);
  const auto alpha = [&](Selection selection, SelectionCost cost) {
    return select(samples, {.noise = gaussian_noise(1), .alpha = 0.01, .selection = selection},
                  cost)
        .alpha;
  };
  EXPECT_EQ(alpha(Selection::kSeparate, SelectionCost::kUnion), 0.01);
  EXPECT_EQ(alpha(Selection::kLabel, SelectionCost::kMajority), 0.01);
  EXPECT_EQ(alpha(Selection::kSame, SelectionCost::kMajority), 0.005);
  EXPECT_EQ(alpha(Selection::kSame, SelectionCost::kUnion), 0.0025);
  EXPECT_DOUBLE_EQ(alpha(Selection::kSame, SelectionCost::kVerified), 0.009);
  EXPECT_EQ(alpha(Selection::kLabel, SelectionCost::kVerified), 0.01);
}

TEST(Selection, TestsNoClassThatTheSameSamplesDoNotVerify) {
  const MethodOptions same{
      .noise = gaussian_noise(1), .alpha = 0.01, .selection = Selection::kSame};
  // 2 P[Bin(20, 1/2) >= 17] = 0.0026, 2 P[Bin(20, 1/2) >= 19] = 0.00004; the test is at 0.001.
  EXPECT_EQ(select(samples_of({}, {17, 3}), same, SelectionCost::kVerified).top, kAbstain);
  EXPECT_EQ(select(samples_of({}, {19, 1}), same, SelectionCost::kVerified).top, 0);
  EXPECT_EQ(select(samples_of({}, {17, 3}), same, SelectionCost::kUnion).top, 0);
}

TEST(Selection, RefusesSamplesThatDoNotFit) {
  const MethodOptions options{.noise = gaussian_noise(1)};
  const auto refuse = [](const ImageSamples& samples, const MethodOptions& with) {
    EXPECT_THROW(select(samples, with, SelectionCost::kMajority), InputError);
  };
  refuse(samples_of({}, {9, 1}), options);         // no selection samples
  refuse(samples_of({9, 1, 0}, {9, 1}), options);  // other number of classes
  refuse(samples_of({9, 1}, {0, 0}), options);     // no estimation samples
  refuse(samples_of({9}, {9}), options);           // one class
  refuse(samples_of({9, 1}, {9, -1}), options);    // negative count
  refuse(samples_of({9, -1}, {9, 1}), options);
  refuse(samples_of({}, {9, 1}, 2), {.noise = gaussian_noise(1), .selection = Selection::kLabel});
  refuse(samples_of({}, {9, 1}, -1), {.noise = gaussian_noise(1), .selection = Selection::kLabel});
}

TEST(Selection, RefusesOptionsThatMeanNothing) {
  const auto samples = samples_of({9, 1}, {9, 1});
  for (const double sigma : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
    EXPECT_THROW(select(samples, {.noise = gaussian_noise(sigma)}, SelectionCost::kUnion),
                 InputError);
  }
  for (const double alpha : {0.0, 1.0, -0.1, std::nan("")}) {
    EXPECT_THROW(
        select(samples, {.noise = gaussian_noise(1), .alpha = alpha}, SelectionCost::kUnion),
        InputError);
  }
}

}  // namespace
}  // namespace certify
