#include "core/sampling/statistics/score_link.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/base/errors.h"

namespace certify {
namespace {

using Row = std::vector<float>;

Row scores(const Row& logits, ScoreLink link, double temperature = 1) {
  return scores_of(logits, static_cast<int>(logits.size()), link, temperature);
}

TEST(Softmax, IsThatOfTheDefinition) {
  const Row found = scores({1, 2, 3}, ScoreLink::kSoftmax);
  const double sum = std::exp(1) + std::exp(2) + std::exp(3);
  for (int k = 0; k < 3; ++k) {
    EXPECT_FLOAT_EQ(found[static_cast<std::size_t>(k)], static_cast<float>(std::exp(k + 1) / sum));
  }
}

TEST(Softmax, SurvivesHugeLogitsAndSharpensWithLowTemperature) {
  EXPECT_EQ(scores({1e30f, 0, -1e30f}, ScoreLink::kSoftmax), (Row{1, 0, 0}));
  EXPECT_GT(scores({1, 0}, ScoreLink::kSoftmax, 0.1)[0], scores({1, 0}, ScoreLink::kSoftmax)[0]);
}

// Worked by hand: the projection of (0.5, 0.3, -2) takes 0.1 … from each of the first two.
TEST(Sparsemax, IsTheProjectionOntoTheSimplex) {
  const Row found = scores({0.5f, 0.3f, -2}, ScoreLink::kSparsemax);
  EXPECT_FLOAT_EQ(found[0], 0.6f);
  EXPECT_FLOAT_EQ(found[1], 0.4f);
  EXPECT_EQ(found[2], 0.0f);
  EXPECT_EQ(scores({5, 1, 0}, ScoreLink::kSparsemax), (Row{1, 0, 0}));
}

TEST(Scores, OfRowsThatAreNotFiniteAreNaNAndLeaveOthersAlone) {
  const Row found = scores_of(Row{1, HUGE_VALF, 2, 2}, 2, ScoreLink::kSoftmax, 1);
  EXPECT_TRUE(std::isnan(found[0]) && std::isnan(found[1]));
  EXPECT_EQ(found[2], 0.5f);
}

TEST(Scores, RefuseATemperatureThatIsNone) {
  for (const double t : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THROW(scores({1, 2}, ScoreLink::kSoftmax, t), InputError);
  }
}

}  // namespace
}  // namespace certify
