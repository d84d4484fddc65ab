#include "core/methods/counts/enumerated.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "core/base/errors.h"
#include "core/methods/certify_many.h"
#include "core/noise/families.h"

namespace certify {
namespace {

using ::testing::HasSubstr;

Noise noise_of(int places) {
  return {kEnumeratedFamilies[0], places / 510.0 / std::numbers::sqrt3};
}

Certificate certify(const std::vector<std::int64_t>& votes, std::int64_t invalid, int places) {
  ImageSamples samples;
  samples.estimation = {votes, invalid};
  return certify_one(samples, kEnumerated, {.noise = noise_of(places)});
}

TEST(Enumerated, RadiusIsJustBelowHalfTheLeadInLevels) {
  const Certificate c = certify({70, 20, 10}, 0, 100);
  EXPECT_EQ(c.predicted, 0);
  EXPECT_LT(c.radius, 25.0 / 255);
  EXPECT_GT(c.radius, 25.0 / 255 * (1 - 1e-14));
  EXPECT_EQ(c.norm, "l1");
  EXPECT_EQ(c.alpha, 0);
  EXPECT_LE(c.p_lower, 0.7);
  EXPECT_NEAR(c.p_lower, 0.7, 1e-15);
  EXPECT_GE(c.p_upper, 0.2);
  EXPECT_NEAR(c.p_upper, 0.2, 1e-15);
  EXPECT_EQ(certify({0, 100}, 0, 100).p_lower, 1);
  EXPECT_EQ(certify({0, 100}, 0, 100).p_upper, 0);
}

TEST(Enumerated, AbstainsWithoutALead) {
  EXPECT_TRUE(certify({50, 50}, 0, 100).abstained());
  EXPECT_TRUE(certify({40, 10}, 50, 100).abstained()) << "no valid answer has the lead";
  EXPECT_TRUE(certify({0, 0}, 100, 100).abstained());
  const Certificate least = certify({51, 49}, 0, 100);
  EXPECT_EQ(least.predicted, 0);
  EXPECT_LT(least.radius, 1.0 / 255) << "no other image of 8 bits";
}

TEST(Enumerated, WantsAllSamplesThatThereAre) {
  for (const std::int64_t n : {99, 101}) {
    try {
      certify({n, 0}, 0, 100);
      ADD_FAILURE() << n;
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr("100 are all that there are"));
    }
  }
  ImageSamples samples;
  samples.estimation = {{60, 40}, 0};
  EXPECT_THROW(certify_one(samples, kEnumerated, {.noise = gaussian_noise(0.25)}), InputError);
}

/// Two elements and a classifier that follows no pattern: the answer at every image that there is,
/// by brute force over all places of the cuts; then every certificate is held against every image
/// within it.
class EnumeratedByBruteForce : public ::testing::TestWithParam<int> {
 protected:
  static constexpr int kLevels = 64, kClasses = 3;  // of 256; the rest would be more of the same

  static int class_of(const float* y, std::uint32_t seed) {
    const double a = std::sin(9.0 * y[0] + 4.0 * y[1] + seed),
                 b = std::cos(11.0 * y[1] - 6.0 * y[0]);
    const auto wild = static_cast<std::uint32_t>(std::lround(y[0] * 1020) * 7919 +
                                                 std::lround(y[1] * 1020) * 104729 + seed);
    if (wild * 2654435761u > 0xe0000000u) return static_cast<int>(wild % kClasses);
    return a > 0.3 ? 0 : b > 0 ? 1 : 2;
  }
};

TEST_P(EnumeratedByBruteForce, NoCertificateFailsAndSomeAreTight) {
  const int places = GetParam();
  const Noise noise = noise_of(places);
  const NoiseGenerator generator(noise);
  std::int64_t checked = 0, tight = 0, certified = 0;
  for (const std::uint32_t seed : {1u, 2u, 3u}) {
    std::vector<Certificate> certificates;
    std::vector<int> answers;
    for (int a = 0; a < kLevels; ++a) {
      for (int b = 0; b < kLevels; ++b) {
        const float x[] = {static_cast<float>(a) / 255, static_cast<float>(b) / 255};
        ImageSamples samples;
        samples.estimation.votes.assign(kClasses, 0);
        for (int place = 0; place < places; ++place) {
          float y[2];
          generator.add(x, y, 2, {seed, 0, Phase::kEstimation}, static_cast<std::uint32_t>(place));
          ++samples.estimation.votes[static_cast<std::size_t>(class_of(y, seed))];
        }
        answers.push_back(samples.estimation.top_class());
        certificates.push_back(certify_one(samples, kEnumerated, {.noise = noise}));
      }
    }
    const auto at = [](int a, int b) { return static_cast<std::size_t>(a * kLevels + b); };
    for (int a = 0; a < kLevels; ++a) {
      for (int b = 0; b < kLevels; ++b) {
        const Certificate& c = certificates[at(a, b)];
        if (c.abstained()) continue;
        ++certified;
        ASSERT_EQ(c.predicted, answers[at(a, b)]);
        const int reach = places / 2 + 1;
        bool falls_behind = false;
        for (int x = std::max(0, a - reach); x < std::min(kLevels, a + reach + 1); ++x) {
          for (int y = std::max(0, b - reach); y < std::min(kLevels, b + reach + 1); ++y) {
            const int moved = std::abs(x - a) + std::abs(y - b);
            const bool same = answers[at(x, y)] == c.predicted;
            if (moved / 255.0 <= c.radius) {
              ASSERT_TRUE(same) << a << "," << b << " to " << x << "," << y << ", " << places;
              ++checked;
            } else if ((moved - 1) / 255.0 <= c.radius) {
              falls_behind |= !same;
            }
          }
        }
        tight += falls_behind;
      }
    }
  }
  EXPECT_GT(certified, 5000);
  EXPECT_GT(checked, 20000);
  EXPECT_GT(tight, 20) << "one level further the answer changes somewhere";
}

INSTANTIATE_TEST_SUITE_P(OfPlaces, EnumeratedByBruteForce, ::testing::Values(3, 5, 8, 21));

}  // namespace
}  // namespace certify
