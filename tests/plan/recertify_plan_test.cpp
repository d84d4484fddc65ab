#include "core/plan/recertify_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/base/errors.h"
#include "core/noise/families.h"

namespace certify {
namespace {

using testing::HasSubstr;

const StoredFacts kVotes{.name = "R", .noise = {&default_noise_family(), 0.25}};

std::string refusal(const RecertifyOptions& options, const StoredFacts& facts) {
  try {
    resolve(options, facts);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(RecertifyPlan, TakesWhatTheRunHadUnlessItIsToldOtherwise) {
  StoredFacts facts = kVotes;
  facts.alpha = 0.01;
  facts.select = Selection::kLabel;
  const RecertifyPlan same = resolve(RecertifyOptions{}, facts);
  EXPECT_EQ(same.methods.at(0)->name, "cohen");
  EXPECT_EQ(same.options.alpha, 0.01);
  EXPECT_EQ(same.options.selection, Selection::kLabel);
  const RecertifyPlan other = resolve({.alpha = 0.1, .methods = {"li"}, .select = "same"}, facts);
  EXPECT_EQ(other.methods.at(0)->name, "li");
  EXPECT_EQ(other.options.alpha, 0.1);
  EXPECT_EQ(other.options.selection, Selection::kSame);
}

TEST(RecertifyPlan, NeedsWhatTheMethodNeeds) {
  EXPECT_THAT(refusal({.methods = {"soft-second-betting"}}, kVotes), HasSubstr("--scores trace"));
  EXPECT_THAT(refusal({.methods = {"first-order"}}, kVotes), HasSubstr("--gradient"));
  StoredFacts matrix = kVotes;
  matrix.scores.keep = ScoreKeeping::kMatrix;
  EXPECT_EQ(refusal({.methods = {"soft-second-betting", "soft-second-histogram"}}, matrix), "");
  EXPECT_EQ(resolve({.temperature = 2}, matrix).temperature, 2);
  EXPECT_THAT(refusal({.temperature = 2}, kVotes), HasSubstr("the logits of --scores matrix"));
}

TEST(RecertifyPlan, CutsSamplesOnlyWhereWhatIsLeftIsASample) {
  StoredFacts stopped = kVotes;
  stopped.n_if_stopped = 1000;
  EXPECT_EQ(resolve(RecertifyOptions{}, stopped).methods.at(0)->name, "cohen-sequential");
  EXPECT_THAT(refusal({.methods = {"cohen"}}, stopped), HasSubstr("optional stopping"));
  EXPECT_THAT(refusal({.n = 10}, stopped), HasSubstr("decided how many"));
  StoredFacts histogram = kVotes;
  histogram.scores.keep = ScoreKeeping::kHistogram;
  EXPECT_THAT(refusal({.methods = {"soft-second-histogram"}, .n = 10}, histogram),
              HasSubstr("has no order"));
  EXPECT_TRUE(resolve({.n = 10}, kVotes).draws_votes);
  EXPECT_THAT(refusal({.n = -1}, kVotes), HasSubstr("at least 1"));
}

TEST(RecertifyPlan, KnowsTheNoise) {
  EXPECT_THAT(refusal({.sigma = 0.5}, kVotes), HasSubstr("drawn with sigma 0.25"));
  EXPECT_EQ(refusal({.sigma = 0.25}, kVotes), "");
  EXPECT_THAT(refusal({.lipschitz = NAN}, kVotes), HasSubstr("--lipschitz"));
}

}  // namespace
}  // namespace certify
