#include "core/methods/predict.h"

#include <gtest/gtest.h>

#include "tests/methods/samples.h"

namespace certify {
namespace {

using testing::samples_of;

TEST(Predict, AnswersTheMostFrequentClassWithoutARadius) {
  const auto certificate =
      kPredict.certify(samples_of({}, {10, 80, 10}), {.noise = gaussian_noise(0.5)});
  EXPECT_EQ(certificate.predicted, 1);
  EXPECT_EQ(certificate.radius, 0);
}

TEST(Predict, AbstainsWhenTheTopTwoAreTooClose) {
  // 2 P[Bin(100, 1/2) >= 60] = 0.057.
  const auto samples = samples_of({}, {60, 40});
  EXPECT_TRUE(kPredict.certify(samples, {.noise = gaussian_noise(0.5), .alpha = 0.05}).abstained());
  EXPECT_FALSE(
      kPredict.certify(samples, {.noise = gaussian_noise(0.5), .alpha = 0.06}).abstained());
}

TEST(Predict, AbstainsWhenInvalidSamplesOutnumberTheTop) {
  ImageSamples samples = samples_of({}, {100, 0});
  samples.estimation.invalid = 1000;
  EXPECT_TRUE(kPredict.certify(samples, {.noise = gaussian_noise(0.5)}).abstained());
  samples.estimation = {.votes = {0, 0}, .invalid = 50};
  EXPECT_TRUE(kPredict.certify(samples, {.noise = gaussian_noise(0.5)}).abstained());
}

}  // namespace
}  // namespace certify
