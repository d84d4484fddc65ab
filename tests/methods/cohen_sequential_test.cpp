#include "core/methods/counts/cohen_sequential.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/base/errors.h"
#include "core/methods/catalogue.h"
#include "core/methods/counts/cohen.h"
#include "core/stats/binomial/clopper_pearson.h"
#include "core/stats/normal.h"
#include "core/stats/sequential/sequential_test.h"
#include "tests/methods/samples.h"

namespace certify {
namespace {

using ::testing::HasSubstr;
using testing::samples_of;

ImageSamples stopped(ImageSamples samples) {
  samples.stopped = StopReason::kCertified;
  return samples;
}

TEST(CohenSequential, WhereItWasStoppedATenthOfAlphaBoundsTheProbabilityAtAllTimesTogether) {
  const auto certificate = kCohenSequential.certify(stopped(samples_of({9, 1}, {990, 10})),
                                                    {.noise = gaussian_noise(0.5)});
  const LowerBound bound = sequential_lower(990, 1000, 0.1 * 0.001);
  EXPECT_EQ(certificate.p_lower, bound.p);
  EXPECT_EQ(certificate.p_upper, bound.q);
  EXPECT_EQ(certificate.method, "cohen-sequential");
  EXPECT_EQ(certificate.n, 1000);
  EXPECT_EQ(certificate.predicted, 0);
  EXPECT_NEAR(certificate.radius, 0.5 * normal_quantile(bound.p, bound.q), 1e-13);
}

TEST(CohenSequential, WhereAllWereDrawnTheRestOfAlphaGoesToClopperPearsonAndTheRowSaysSo) {
  const auto certificate =
      kCohenSequential.certify(samples_of({9, 1}, {990, 10}), {.noise = gaussian_noise(0.5)});
  EXPECT_EQ(certificate.p_lower, clopper_pearson_lower(990, 1000, 0.9 * 0.001).p);
  EXPECT_EQ(certificate.method, "cohen-sequential (all n)");
}

TEST(CohenSequential, KeepsAtLeast999ThousandthsOfTheFixedRadiusWhenAllWereDrawn) {
  for (const std::int64_t n : {1000, 100'000, 1'000'000}) {
    for (const double share : {0.6, 0.8, 0.95, 0.99, 0.999, 1.0}) {
      const auto votes = static_cast<std::int64_t>(share * static_cast<double>(n));
      const ImageSamples samples = samples_of({1, 0}, {votes, n - votes});
      const double ratio = kCohenSequential.certify(samples, {.noise = gaussian_noise(1)}).radius /
                           kCohen.certify(samples, {.noise = gaussian_noise(1)}).radius;
      EXPECT_GE(ratio, n == 1000 ? 0.98 : 0.999) << share << " of " << n;
      EXPECT_LT(ratio, 1);
    }
  }
}

TEST(CohenSequential, TheBoundAtAllTimesIsNeverTheBetterOneAtN) {
  for (const std::int64_t n : {10, 200, 5000}) {
    for (std::int64_t k = 1; k <= n; k += 1 + n / 50) {
      EXPECT_LT(lower_when_stopped(k, n, 0.05).p, lower_when_all_drawn(k, n, 0.05).p);
    }
  }
}

TEST(CohenSequential, TheLabelIsAClassFixedInAdvance) {
  const auto certificate =
      kCohenSequential.certify(stopped(samples_of({}, {10, 990}, 1)),
                               {.noise = gaussian_noise(1), .selection = Selection::kLabel});
  EXPECT_TRUE(certificate.correct());
}

TEST(CohenSequential, RefusesAClassChosenByTheSamplesThatDecideWhenToStop) {
  try {
    kCohenSequential.certify(samples_of({}, {990, 10}),
                             {.noise = gaussian_noise(1), .selection = Selection::kSame});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("same samples that decide when to stop"));
  }
}

TEST(OptionalStopping, EveryOtherMethodRefusesAStoppedImageAndIsRefusedByName) {
  ImageSamples samples = stopped(samples_of({90, 10}, {990, 10}));
  for (const Method* method : all_methods()) {
    if (method == &kCohenSequential) continue;
    EXPECT_FALSE(method->optional_stopping) << method->name;
    EXPECT_THROW(method->certify(samples, {.noise = gaussian_noise(1)}), InputError)
        << method->name;
    try {
      require_optional_stopping(*method);
      ADD_FAILURE() << method->name;
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr("'" + std::string(method->name) + "'"));
      EXPECT_THAT(error.what(), HasSubstr("use cohen-sequential"));
    }
  }
  EXPECT_NO_THROW(require_optional_stopping(kCohenSequential));
}

}  // namespace
}  // namespace certify
