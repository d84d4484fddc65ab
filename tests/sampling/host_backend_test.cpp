#include "core/sampling/host_backend.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "core/noise/gaussian.h"
#include "tests/fakes/fake_classifier.h"

namespace certify {
namespace {

const SamplingPlan kPlan{50, 333, gaussian_noise(0.5), 9};

/// Remembers the batch it was shown last.
class Witness final : public BaseClassifier {
 public:
  ImageShape input_shape() const override { return {1, 2, 2}; }
  int num_classes() const override { return 2; }
  void logits(const float* batch, std::int64_t rows, float* out) const override {
    seen.assign(batch, batch + 4 * rows);
    for (std::int64_t i = 0; i < 2 * rows; ++i) out[i] = static_cast<float>(i % 3);
  }
  mutable std::vector<float> seen;
};

TEST(HostBackend, PadsWithTheImageWithoutNoise) {
  const Witness classifier;
  HostBackend backend(classifier, kPlan, 5);
  const std::vector<float> a{0.1f, 0.2f, 0.3f, 0.4f}, b{0.5f, 0.6f, 0.7f, 0.8f};
  backend.submit({{{7, &b, Phase::kEstimation, 0, 5}}});
  backend.collect();
  backend.submit({{{3, &a, Phase::kEstimation, 10, 1}, {7, &b, Phase::kEstimation, 5, 2}}});
  EXPECT_EQ(backend.collect().counts.size(), 2u);
  std::vector<float> expected(3 * 4);
  const NoiseGenerator noise(kPlan.noise);
  noise.add(a.data(), &expected[0], 4, {9, 3, Phase::kEstimation}, 10);
  noise.add(b.data(), &expected[4], 4, {9, 7, Phase::kEstimation}, 5);
  noise.add(b.data(), &expected[8], 4, {9, 7, Phase::kEstimation}, 6);
  for (int row = 0; row < 2; ++row) expected.insert(expected.end(), a.begin(), a.end());
  EXPECT_EQ(classifier.seen, expected);
}

TEST(HostBackend, CountsEachRunByItselfAndPaddingNowhere) {
  const FakeClassifier classifier;
  HostBackend backend(classifier, kPlan, 64);
  std::vector<float> pixels(static_cast<std::size_t>(kFakeShape.size()), 0.1f);
  backend.submit({{{3, &pixels, Phase::kSelection, 48, 2},
                   {3, &pixels, Phase::kEstimation, 0, 40},
                   {4, &pixels, Phase::kEstimation, 0, 1}}});
  const BatchResult result = backend.collect();
  ASSERT_EQ(result.counts.size(), 3u);
  EXPECT_EQ(result.counts[0].total(), 2);
  EXPECT_EQ(result.counts[1].total(), 40);
  EXPECT_EQ(result.counts[2].total(), 1);
  EXPECT_TRUE(result.logits.empty()) << "the plan keeps no scores";
}

TEST(HostBackend, GivesTheLogitsOfTheRunsWhereThePlanKeepsScores) {
  const Witness classifier;
  SamplingPlan plan = kPlan;
  plan.scores.keep = ScoreKeeping::kMatrix;
  HostBackend backend(classifier, plan, 5);
  const std::vector<float> pixels(4, 0.5f);
  backend.submit(
      {{{0, &pixels, Phase::kEstimation, 0, 2}, {1, &pixels, Phase::kEstimation, 0, 1}}});
  const BatchResult result = backend.collect();
  EXPECT_EQ(std::vector<float>(result.logits.begin(), result.logits.end()),
            (std::vector<float>{0, 1, 2, 0, 1, 2}));
}

TEST(HostBackend, RefusesABatchWithoutRowsOrWithTooMany) {
  const FakeClassifier classifier;
  HostBackend backend(classifier, kPlan, 64);
  const std::vector<float> pixels(static_cast<std::size_t>(kFakeShape.size()), 0.1f);
  EXPECT_THROW(backend.submit({}), std::invalid_argument);
  EXPECT_THROW(backend.submit({{{0, &pixels, Phase::kSelection, 0, 65}}}), std::invalid_argument);
}

}  // namespace
}  // namespace certify
