#include "tests/coverage/published.h"

#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "core/methods/counts/first_margin.h"
#include "core/methods/counts/second_margin.h"
#include "core/methods/counts/two_sided.h"
#include "tests/methods/samples.h"

namespace certify::coverage {
namespace {

using testing::samples_of;

const MethodOptions kLabel{.sigma = 2, .alpha = 0.001, .selection = Selection::kLabel};

TEST(Published, FirstMarginIsInfiniteWhereAllSamplesAgree) {
  // The reason why the margins of 3.5 to 4.5 of Liang's table I cannot be certificates.
  const auto certificate = kPublishedFirstMargin.certify(samples_of({}, {100, 0}), kLabel);
  EXPECT_GT(certificate.radius, 1e300);
  EXPECT_LT(kFirstMargin.certify(samples_of({}, {100, 0}), kLabel).radius, 3.001);
}

TEST(Published, SecondMarginExceedsWhatAnyBoundCanSay) {
  const double cap = kSecondMargin.certify(samples_of({}, {100, 0}), kLabel).radius;
  EXPECT_GT(kPublishedSecondMargin.certify(samples_of({}, {99, 1}), kLabel).radius,
            kSecondMargin.certify(samples_of({}, {99, 1}), kLabel).radius);
  EXPECT_GT(kPublishedSecondMargin.certify(samples_of({}, {100, 0}), kLabel).radius, cap + 1);
}

TEST(Published, RunnerUpOverlooksTheClassThatTheSelectionSamplesMissed) {
  const auto samples = samples_of({60, 25, 15}, {600, 150, 250});
  const MethodOptions options{.sigma = 1};
  EXPECT_EQ(kPublishedRunnerUp.certify(samples, options).n_runner_up, 150);
  EXPECT_GT(kPublishedRunnerUp.certify(samples, options).radius,
            kTwoSided.certify(samples, options).radius);
  EXPECT_THROW(kPublishedRunnerUp.certify(samples, kLabel), InputError);
}

}  // namespace
}  // namespace certify::coverage
