// Rows of every method on scores: what the methods say passes, and a little more does not.

#include "core/verify/checks/score_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "core/methods/scores/soft_margin.h"

namespace certify {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr int kSamples = 300;

/// Class 1 leads; the others take turns behind it.
ImageSamples samples(bool histogram) {
  std::mt19937_64 random(11);
  std::uniform_real_distribution<float> uniform;
  std::vector<float> matrix;
  for (int i = 0; i < kSamples; ++i) {
    const float top = 0.7F + 0.25F * uniform(random);
    const float share = 0.3F + 0.6F * uniform(random);
    matrix.insert(matrix.end(), {(1 - top) * share, top, (1 - top) * (1 - share)});
  }
  ImageSamples s;
  s.index = 40;
  s.label = 1;
  s.selection.votes = {1, 9, 0};
  s.estimation.votes = {0, kSamples, 0};
  s.trace = trace_of(matrix, 3, 1, {0, 2});
  s.trace.selection_means = {0.8, 0.12, 0.08, 0.0};
  if (histogram) {
    s.histogram = histogram_of(s.trace, 256);
    s.trace = {};
  }
  return s;
}

StatedRow row_of(const Certificate& c) {
  StatedRow row;
  row.line = 2;
  row.index = c.index;
  row.label = c.label;
  row.predicted = c.predicted;
  row.correct = c.correct();
  row.radius = c.radius;
  row.p_lower = c.p_lower;
  row.p_upper = c.p_upper;
  row.n_top = c.n_top;
  row.n_runner_up = c.n_runner_up;
  row.n = c.n;
  row.alpha = c.alpha;
  row.sigma = c.sigma;
  row.method = c.method;
  return row;
}

std::vector<std::string> check(const StatedRow& row, const ImageSamples& s, ClassFrom from,
                               double lipschitz = 0) {
  const ScoresBehind scores{{s, {}, 1}, 3, lipschitz};
  return check_bounds_on_scores(row, from, scores);
}

struct Choice {
  Selection selection;
  ClassFrom from;
};

TEST(ScoreCheck, KnowsTheMethodsOnScoresAndNoOthers) {
  for (const Method& method : soft_methods()) EXPECT_TRUE(is_method_on_scores(method.name));
  for (const char* name :
       {"cohen", "soft-second", "soft-", "soft-third-betting", "soft-second-tangent-histogram"}) {
    EXPECT_FALSE(is_method_on_scores(name)) << name;
  }
}

TEST(ScoreCheck, PassesEveryMethodAndFindsABillionthMore) {
  for (const Method& method : soft_methods()) {
    for (const bool histogram : {false, true}) {
      if (histogram && method.needs == SampleNeeds::kTrace) continue;
      for (const Choice choice : {Choice{Selection::kSeparate, ClassFrom::kSeparateSamples},
                                  Choice{Selection::kSame, ClassFrom::kSameSamples},
                                  Choice{Selection::kLabel, ClassFrom::kLabel}}) {
        const ImageSamples s = samples(histogram);
        const StatedRow row = row_of(method.certify(
            s, {.noise = gaussian_noise(0.5), .alpha = 0.01, .selection = choice.selection}));
        ASSERT_GT(row.radius, 0.1);
        EXPECT_THAT(check(row, s, choice.from), IsEmpty()) << method.name;
        StatedRow more = row;
        more.p_lower *= 1 + 1e-9;
        EXPECT_THAT(check(more, s, choice.from), Not(IsEmpty())) << method.name;
        more = row;
        more.p_upper *= 1 - 1e-8;  // p_upper is the small one
        EXPECT_THAT(check(more, s, choice.from), Not(IsEmpty())) << method.name;
        more = row;
        more.radius *= 1 + 1e-9;
        EXPECT_THAT(check(more, s, choice.from), Not(IsEmpty())) << method.name;
        more = row;  // a bound at 0.01 sold as one at 0.009, or so that the grid tells
        more.alpha = method.name.ends_with("star-bets") ? 0.002 : 0.009;
        EXPECT_THAT(check(more, s, choice.from), Not(IsEmpty())) << method.name;
        if (choice.selection != Selection::kSame) {
          EXPECT_THAT(check(row, s, ClassFrom::kSameSamples), Not(IsEmpty())) << "alpha / 3";
        }
      }
    }
  }
}

TEST(ScoreCheck, AbstentionsClaimTheirBoundsToo) {
  ImageSamples s = samples(false);
  for (std::size_t i = 0; i < s.trace.values.size(); i += 4) {
    std::swap(s.trace.values[i], s.trace.values[i + 1]);
  }
  for (const Method& method : soft_methods()) {
    StatedRow row = row_of(method.certify(
        s, {.noise = gaussian_noise(0.5), .alpha = 0.01, .selection = Selection::kLabel}));
    EXPECT_EQ(row.predicted, -1);
    EXPECT_THAT(check(row, s, ClassFrom::kLabel), IsEmpty()) << method.name;
    row.p_lower = 0.9;
    row.p_upper = 0.1;
    EXPECT_THAT(check(row, s, ClassFrom::kLabel), Not(IsEmpty())) << method.name;
  }
}

TEST(ScoreCheck, RadiiFromALipschitzConstantNeedThatConstant) {
  const ImageSamples s = samples(false);
  for (const Method& method : soft_methods()) {
    if (!method.name.starts_with("soft-first")) continue;
    StatedRow row = row_of(method.certify(s, {.noise = gaussian_noise(0.5),
                                              .alpha = 0.01,
                                              .selection = Selection::kLabel,
                                              .lipschitz = 0.1}));
    EXPECT_THAT(check(row, s, ClassFrom::kLabel, 0.1), IsEmpty());
    EXPECT_THAT(check(row, s, ClassFrom::kLabel), ElementsAre(HasSubstr("radius_full")));
    EXPECT_THAT(check(row, s, ClassFrom::kLabel, 0.1 * (1 + 1e-12)),
                ElementsAre(HasSubstr("radius_full")));
    row.radius *= 1 + 4e-15;  // rounded down by 1e-15, and by the division
    EXPECT_THAT(check(row, s, ClassFrom::kLabel, 0.1), ElementsAre(HasSubstr("radius_full")));
  }
}

TEST(ScoreCheck, ScoresMustBeOfTheRow) {
  ImageSamples s = samples(false);
  StatedRow row;
  row.predicted = 1;
  row.p_lower = 0.6;
  row.p_upper = 0.4;
  row.n = kSamples;
  row.alpha = 0.01;
  row.sigma = 0.5;
  row.method = "soft-second-betting";
  EXPECT_THAT(check(row, s, ClassFrom::kLabel), IsEmpty());
  row.n = 299;
  EXPECT_THAT(check(row, s, ClassFrom::kLabel), ElementsAre(HasSubstr("scores of 300 samples")));
  row.n = kSamples;
  row.predicted = 2;
  EXPECT_THAT(check(row, s, ClassFrom::kLabel), ElementsAre(HasSubstr("those of class 1")));
  row.predicted = 1;
  EXPECT_THAT(check(row, samples(true), ClassFrom::kLabel),
              ElementsAre(HasSubstr("in the order drawn")));
  row.method = "soft-second-tangent-betting";
  s.trace.selection_means.clear();
  EXPECT_THAT(check(row, s, ClassFrom::kLabel), ElementsAre(HasSubstr("no slopes")));
}

}  // namespace
}  // namespace certify
