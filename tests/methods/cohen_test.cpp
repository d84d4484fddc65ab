#include "core/methods/counts/cohen.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/stats/binomial/clopper_pearson.h"
#include "core/stats/normal.h"
#include "tests/methods/samples.h"

namespace certify {
namespace {

using testing::samples_of;

TEST(Cohen, RadiusIsSigmaTimesTheQuantileOfTheBound) {
  const auto certificate = kCohen.certify(samples_of({1, 99, 0}, {30, 99'950, 20}, 1),
                                          {.noise = gaussian_noise(0.25), .alpha = 0.001});
  EXPECT_EQ(certificate.predicted, 1);
  EXPECT_TRUE(certificate.correct());
  EXPECT_EQ(certificate.n, 100'000);
  EXPECT_EQ(certificate.n_top, 99'950);
  EXPECT_EQ(certificate.n_runner_up, 30);
  EXPECT_EQ(certificate.method, "cohen");
  const LowerBound bound = clopper_pearson_lower(99'950, 100'000, 0.001);
  EXPECT_EQ(certificate.p_lower, bound.p);
  EXPECT_EQ(certificate.p_upper, bound.q);
  const double exact = 0.25 * normal_quantile(bound.p, bound.q);
  EXPECT_LT(certificate.radius, exact);
  EXPECT_NEAR(certificate.radius, exact, 1e-13);
}

TEST(Cohen, AbstainsWhenTheBoundDoesNotExceedOneHalf) {
  // 0.001^(1/9) = 0.464, 0.001^(1/10) = 0.501.
  EXPECT_TRUE(kCohen.certify(samples_of({9, 0}, {9, 0}), {.noise = gaussian_noise(1)}).abstained());
  const auto certificate =
      kCohen.certify(samples_of({9, 0}, {10, 0}), {.noise = gaussian_noise(1)});
  EXPECT_FALSE(certificate.abstained());
  EXPECT_GT(certificate.radius, 0);
  EXPECT_LT(certificate.radius, 0.003);
}

TEST(Cohen, AnAbstentionHasRadiusZeroAndIsNotCorrect) {
  const auto certificate =
      kCohen.certify(samples_of({50, 50}, {50, 50}), {.noise = gaussian_noise(1)});
  EXPECT_EQ(certificate.predicted, kAbstain);
  EXPECT_EQ(certificate.radius, 0);
  EXPECT_FALSE(certificate.correct());
}

TEST(Cohen, ChoosingTheClassByTheSameSamplesCostsHalfOfAlpha) {
  const auto certificate =
      kCohen.certify(samples_of({}, {990, 10}),
                     {.noise = gaussian_noise(1), .alpha = 0.002, .selection = Selection::kSame});
  EXPECT_EQ(certificate.p_lower, clopper_pearson_lower(990, 1000, 0.001).p);
  EXPECT_EQ(certificate.alpha, 0.002);
}

TEST(Cohen, TestsTheLabelWhenAskedTo) {
  const auto certificate = kCohen.certify(
      samples_of({}, {990, 10}, 1), {.noise = gaussian_noise(1), .selection = Selection::kLabel});
  EXPECT_TRUE(certificate.abstained());
  EXPECT_EQ(certificate.n_top, 10);
  EXPECT_EQ(certificate.n_runner_up, 990);
}

TEST(Cohen, InvalidSamplesCountAgainstTheClass) {
  ImageSamples samples = samples_of({100, 0}, {900, 0});
  const double without = kCohen.certify(samples, {.noise = gaussian_noise(1)}).p_lower;
  samples.estimation.invalid = 100;
  const auto certificate = kCohen.certify(samples, {.noise = gaussian_noise(1)});
  EXPECT_EQ(certificate.n, 1000);
  EXPECT_EQ(certificate.n_runner_up, 100);
  EXPECT_LT(certificate.p_lower, without);
  samples.selection = {.votes = {0, 0}, .invalid = 100};
  EXPECT_TRUE(kCohen.certify(samples, {.noise = gaussian_noise(1)}).abstained());
}

}  // namespace
}  // namespace certify
