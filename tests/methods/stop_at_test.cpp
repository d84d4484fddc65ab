#include "core/methods/counts/stop_at.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "core/base/errors.h"
#include "core/methods/counts/cohen.h"
#include "core/methods/counts/cohen_sequential.h"
#include "tests/methods/samples.h"

namespace certify {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::samples_of;

constexpr MethodOptions kOptions{.noise = gaussian_noise(0.25), .alpha = 0.001};

std::vector<std::int64_t> looks(std::int64_t n) {
  std::vector<std::int64_t> all;
  for (std::int64_t drawn = 0; drawn < n;) all.push_back(drawn = next_look(drawn, n));
  return all;
}

TEST(Looks, GrowByAnEighthAndEndAtN) {
  EXPECT_THAT(looks(1000), ElementsAre(128, 256, 384, 512, 640, 768, 896, 1000));
  EXPECT_THAT(looks(100), ElementsAre(100));
  EXPECT_EQ(looks(100'000).back(), 100'000);
  EXPECT_LE(looks(100'000).size(), 50u);
  EXPECT_LE(looks(4'000'000'000).size(), 150u);
  const auto all = looks(1'000'000);
  for (std::size_t i = 9; i + 1 < all.size(); ++i) {
    EXPECT_EQ(all[i] % 128, 0);
    EXPECT_LE(static_cast<double>(all[i]) / static_cast<double>(all[i - 1]), 1.25);
  }
}

TEST(Looks, AreKnownFromOtherNumbers) {
  for (const std::int64_t n : {1, 127, 128, 1000, 5000}) {
    const auto all = looks(n);
    for (std::int64_t drawn = -1; drawn <= n + 1; ++drawn) {
      EXPECT_EQ(is_look(drawn, n), std::find(all.begin(), all.end(), drawn) != all.end()) << drawn;
    }
  }
}

TEST(StopAt, StopsAsCertifiedExactlyWhereTheMethodWouldCertifyEveryRadius) {
  const StopAt rule({0.5, 0.25}, 100'000, kOptions);
  for (std::int64_t votes = 900; votes <= 1024; ++votes) {
    ImageSamples samples = samples_of({1, 0}, {votes, 1024 - votes});
    const StopReason reason = rule.decide(samples);
    samples.stopped = StopReason::kCertified;
    EXPECT_EQ(reason == StopReason::kCertified,
              kCohenSequential.certify(samples, kOptions).radius >= 0.5)
        << votes;
  }
}

TEST(StopAt, OneRadiusOutOfReachEndsASearchWhoseSmallerOnesAreCertified) {
  const StopAt rule({0.1, 0.6}, 100'000, kOptions);
  EXPECT_EQ(rule.decide(samples_of({1, 0}, {9000, 1000})), StopReason::kHopeless);
  // Certified nowhere yet, but 0.1 is still open: 0.6 alone would be given up.
  EXPECT_EQ(rule.decide(samples_of({1, 0}, {90, 38})), StopReason::kNone);
  EXPECT_EQ(StopAt({0.6}, 100'000, kOptions).decide(samples_of({1, 0}, {90, 38})),
            StopReason::kHopeless);
}

TEST(StopAt, GivesUpWhatCannotBeCertifiedEvenIfAllTheRestAgrees) {
  const StopAt rule({0.5}, 1000, kOptions, 0.0);  // 0: only what is certain
  std::int64_t needed = 0;
  while (kCohenSequential.certify(samples_of({1, 0}, {needed, 1000 - needed}), kOptions).radius <
         0.5) {
    ++needed;
  }
  const std::int64_t missed = 1000 - needed;
  EXPECT_EQ(rule.decide(samples_of({1, 0}, {896 - missed, missed})), StopReason::kNone);
  EXPECT_EQ(rule.decide(samples_of({1, 0}, {895 - missed, missed + 1})), StopReason::kHopeless);
}

TEST(StopAt, GivesUpAtOnceWhatNoClassWasSelectedForOrAnotherClassWins) {
  const StopAt rule({0.25}, 100'000, kOptions);
  ImageSamples samples = samples_of({0, 0}, {128, 0});
  samples.selection.invalid = 100;
  EXPECT_EQ(rule.decide(samples), StopReason::kHopeless);
  EXPECT_EQ(rule.decide(samples_of({1, 0}, {20, 108})), StopReason::kHopeless);
}

TEST(StopAt, SaysNothingWhenAllAreDrawn) {
  const StopAt rule({0.25}, 1000, kOptions);
  EXPECT_EQ(rule.decide(samples_of({1, 0}, {1000, 0})), StopReason::kNone);
  EXPECT_EQ(rule.decide(samples_of({1, 0}, {0, 1000})), StopReason::kNone);
}

TEST(StopAt, KeepsTheCertifiedAccuracyAtTheRadiusAndSavesMostSamples) {
  // Shares of votes as they are spread on CIFAR-10 at sigma 0.25; a fixed seed.
  constexpr std::int64_t kN = 20'000;
  std::mt19937_64 random(20'261'121);
  const StopAt rule({0.25}, kN, kOptions);
  std::int64_t drawn_in_all = 0;
  int with_all = 0, with_rule = 0, images = 0;
  for (const double p : {0.31, 0.55, 0.69, 0.8, 0.9, 0.97, 0.99, 0.998, 0.9999, 1.0}) {
    for (int i = 0; i < 40; ++i, ++images) {
      std::bernoulli_distribution vote(p);
      std::int64_t votes = 0, drawn = 0;
      ImageSamples samples;
      while (drawn < kN && samples.stopped == StopReason::kNone) {
        for (const std::int64_t look = rule.next_look(drawn); drawn < look; ++drawn) {
          votes += vote(random);
        }
        samples = samples_of({1, 0}, {votes, drawn - votes});
        samples.stopped = rule.decide(samples);
      }
      drawn_in_all += drawn;
      with_rule += kCohenSequential.certify(samples, kOptions).radius >= 0.25;
      for (; drawn < kN; ++drawn) votes += vote(random);
      with_all += kCohen.certify(samples_of({1, 0}, {votes, kN - votes}), kOptions).radius >= 0.25;
    }
  }
  EXPECT_GE(with_rule, with_all - images / 200);
  EXPECT_GT(with_all, images / 2);
  EXPECT_LT(drawn_in_all, images * kN / 10);
}

TEST(StopAt, RefusesRadiiThatMeanNothingAndSaysTheLargestThatCanBeReached) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double radius : {0.0, -0.25, nan}) {
    EXPECT_THROW(StopAt({0.25, radius}, 1000, kOptions), InputError) << radius;
  }
  EXPECT_THROW(StopAt({}, 1000, kOptions), InputError);
  EXPECT_THROW(StopAt({0.25}, 1000, {.noise = gaussian_noise(0.25), .selection = Selection::kSame}),
               InputError);
  try {
    StopAt({0.25, 0.75}, 1000, kOptions);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("radius 0.75"));
    EXPECT_THAT(error.what(), HasSubstr("certify at most 0.61446"));
  }
}

}  // namespace
}  // namespace certify
