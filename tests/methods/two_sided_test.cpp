#include "core/methods/counts/two_sided.h"

#include <gtest/gtest.h>

#include "core/methods/counts/cohen.h"
#include "core/stats/binomial/clopper_pearson.h"
#include "core/stats/normal.h"
#include "tests/methods/samples.h"

namespace certify {
namespace {

using testing::samples_of;

TEST(TwoSided, BoundsBothClassesAtHalfOfAlpha) {
  const auto certificate =
      kTwoSided.certify(samples_of({100, 0, 0}, {95, 3, 2}), {.noise = gaussian_noise(2)});
  EXPECT_EQ(certificate.p_lower, clopper_pearson_lower(95, 100, 0.0005).p);
  EXPECT_EQ(certificate.p_upper, clopper_pearson_upper(3, 100, 0.0005).p);
  const double exact = normal_quantile(certificate.p_lower, 1 - certificate.p_lower) -
                       normal_quantile(certificate.p_upper, 1 - certificate.p_upper);
  EXPECT_NEAR(certificate.radius, exact, 1e-12);
}

TEST(TwoSided, GivesTheKnownMarginOfNinetyFiveToTwo) {
  // From mpmath: the two Clopper-Pearson bounds at 0.0005, then 2.1819837006793821 for the margin.
  const auto certificate =
      kTwoSided.certify(samples_of({100, 0, 0, 0}, {95, 2, 2, 1}), {.noise = gaussian_noise(2)});
  EXPECT_NEAR(certificate.radius, 2.1819837006793821, 1e-10);
}

TEST(TwoSided, NeverBoundsTheRunnerUpWorseThanTheRestOfTheTop) {
  const auto certificate =
      kTwoSided.certify(samples_of({100, 0}, {100, 0}), {.noise = gaussian_noise(2)});
  EXPECT_EQ(certificate.p_upper, clopper_pearson_lower(100, 100, 0.0005).q);
}

TEST(TwoSided, CertifiesWithoutAMajorityAndCohenDoesNot) {
  const auto samples = samples_of({450, 275, 275}, {45'000, 27'500, 27'500});
  EXPECT_FALSE(kTwoSided.certify(samples, {.noise = gaussian_noise(1)}).abstained());
  EXPECT_TRUE(kCohen.certify(samples, {.noise = gaussian_noise(1)}).abstained());
}

TEST(TwoSided, ChoosingTheClassByTheSameSamplesCostsATenthOfAlpha) {
  const auto certificate =
      kTwoSided.certify(samples_of({}, {900, 50, 30, 20}),
                        {.noise = gaussian_noise(1), .selection = Selection::kSame});
  EXPECT_EQ(certificate.p_lower, clopper_pearson_lower(900, 1000, 0.001 * 0.9 / 2).p);
}

TEST(TwoSided, ManyInvalidSamplesMakeItAbstain) {
  ImageSamples samples = samples_of({100, 0}, {4000, 10});
  samples.estimation.invalid = 5000;
  EXPECT_TRUE(kTwoSided.certify(samples, {.noise = gaussian_noise(1)}).abstained());
}

}  // namespace
}  // namespace certify
