#include "core/attack/answer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "core/base/certificate.h"
#include "core/noise/families.h"

namespace certify {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

AttackPlan by_scores(double alpha = 0.001) {
  AttackPlan plan;
  plan.noise = gaussian_noise(0.5);
  plan.alpha = alpha;
  plan.tries = 1;
  plan.scores = ScoreRule{};
  return plan;
}

/// One sample of two classes, as a backend hands it over; `p` is the softmax score of class 0.
void add(Answer& answer, double p) {
  const std::vector<float> logits{static_cast<float>(std::log(p)),
                                  static_cast<float>(std::log(1 - p))};
  BatchResult batch;
  batch.logits = logits;
  batch.counts.push_back(count_votes(row_votes(logits, 2), 2));
  answer.add(batch);
}

/// Class 0 gets 60 % of the votes, but a third of the score.
void fill(Answer& answer) {
  for (int i = 0; i < 2000; ++i) add(answer, i % 5 < 3 ? 0.52 : 0.05);
}

TEST(Answer, OfVotesAndOfMeanScoresMayBeTwoClasses) {
  const AttackPlan scores = by_scores();
  AttackPlan votes = scores;
  votes.scores.reset();
  for (const int attacked : {0, 1}) {
    const auto voted = make_answer(attacked, 2, votes);
    const auto scored = make_answer(attacked, 2, scores);
    fill(*voted);
    fill(*scored);
    EXPECT_EQ(voted->samples(), 2000);
    EXPECT_EQ(scored->samples(), 2000);
    EXPECT_EQ(voted->get(), 0);
    EXPECT_EQ(scored->get(), 1);
  }
}

TEST(Answer, ByScoresDependsOnLinkAndTemperature) {
  AttackPlan cold = by_scores();
  cold.scores->temperature = 0.01;  // scores as good as votes
  const auto answer = make_answer(1, 2, cold);
  fill(*answer);
  EXPECT_EQ(answer->get(), 0);
}

TEST(Answer, FewOrEvenSamplesLeaveItOpen) {
  const AttackPlan plan = by_scores();
  const auto few = make_answer(0, 2, plan);
  for (int i = 0; i < 5; ++i) add(*few, 0.01);
  EXPECT_EQ(few->get(), kAbstain);
  const auto even = make_answer(0, 2, plan);
  for (int i = 0; i < 2000; ++i) add(*even, i % 2 == 0 ? 0.2 : 0.8);
  EXPECT_EQ(even->get(), kAbstain);
}

TEST(Answer, ASampleWithoutFiniteLogitsSpeaksForNoClass) {
  const AttackPlan plan = by_scores();
  const auto answer = make_answer(0, 2, plan);
  const std::vector<float> logits{kNaN, 5};
  for (int i = 0; i < 2000; ++i) {
    BatchResult batch;
    batch.logits = logits;
    answer->add(batch);
  }
  EXPECT_EQ(answer->samples(), 2000);
  EXPECT_EQ(answer->get(), kAbstain);
}

TEST(Answer, CallsAChangeWhereThereIsNoneSeldomerThanAlpha) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> uniform(0.01, 0.99);
  const AttackPlan plan = by_scores(0.05);
  int wrong = 0;
  for (int trial = 0; trial < 400; ++trial) {
    const auto answer = make_answer(0, 2, plan);
    for (int i = 0; i < 300; ++i) add(*answer, uniform(random));
    wrong += answer->get() != kAbstain;
  }
  EXPECT_LE(wrong, 2 * 0.05 * 400);  // in either direction
}

TEST(Answer, WhereAllSamplesAreTakenATieIsAChangeAndNothingIsLeftOpen) {
  AttackPlan plan = by_scores();
  const NoiseFamily& family = find_noise_family("splitting:all");
  plan.noise = {&family, sigma_of_half_side(family, 0.5)};
  const auto answer_of = [&](int of_class_0, int invalid) {
    const auto answer = make_answer(0, 2, plan);
    for (int i = 0; i < 255 - invalid; ++i) add(*answer, i < of_class_0 ? 0.9 : 0.1);
    for (int i = 0; i < invalid; ++i) add(*answer, std::nan(""));
    EXPECT_EQ(answer->samples(), 255);
    return answer->get();
  };
  EXPECT_EQ(answer_of(128, 0), 0);
  EXPECT_EQ(answer_of(127, 0), 1);
  EXPECT_EQ(answer_of(127, 1), 1) << "127 each";
  EXPECT_EQ(answer_of(100, 99), 0) << "100, 56, and 99 that are none";
  EXPECT_EQ(answer_of(100, 100), kAbstain);
}

}  // namespace
}  // namespace certify
