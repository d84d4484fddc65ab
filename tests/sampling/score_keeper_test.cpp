// Scores kept by the sampler are those of the definition, whatever the workers and batches.

#include "core/sampling/statistics/score_keeper.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/base/errors.h"
#include "core/noise/gaussian.h"
#include "core/sampling/host_sampler.h"
#include "core/sampling/statistics/score_link.h"

namespace certify {
namespace {

constexpr ImageShape kShape{3, 4, 4};

class FourClasses final : public BaseClassifier {
 public:
  ImageShape input_shape() const override { return kShape; }
  int num_classes() const override { return 4; }
  void logits(const float* batch, std::int64_t rows, float* out) const override {
    for (std::int64_t r = 0; r < rows; ++r) {
      for (int k = 0; k < 4; ++k) out[4 * r + k] = 3 * batch[r * kShape.size() + k];
      if (batch[r * kShape.size() + 5] > 1.2f) out[4 * r] = std::nanf("");
    }
  }
};

std::vector<ImageSamples> sample(ScorePlan scores, int workers, std::int64_t batch,
                                 std::int64_t n0 = 50) {
  const FourClasses classifier;
  int next = 0;
  std::vector<ImageSamples> out;
  const StopFlag stop{false};
  HostSampler(classifier, {.workers = workers, .batch = batch})
      .run(
          [&]() -> std::optional<LabeledImage> {
            if (next == 5) return std::nullopt;
            LabeledImage image{next, next % 4, {kShape, {}}};
            for (int i = 0; i < kShape.size(); ++i) {
              image.image.pixels.push_back(static_cast<float>((i * 7 + next * 3) % 11) / 10.0f);
            }
            ++next;
            return image;
          },
          {n0, 300, gaussian_noise(0.5), 3, scores},
          [&](ImageSamples s) { out.push_back(std::move(s)); }, stop);
  return out;
}

constexpr ScorePlan kTrace{ScoreKeeping::kTrace};
constexpr ScorePlan kHistogram{.keep = ScoreKeeping::kHistogram, .bins = 64};
constexpr ScorePlan kMatrix{ScoreKeeping::kMatrix};

TEST(KeptScores, DoNotDependOnWorkersOrBatches) {
  for (const ScorePlan& plan : {kTrace, kHistogram, kMatrix}) {
    const auto reference = sample(plan, 1, 64);
    for (const int workers : {1, 2, 5}) {
      for (const std::int64_t batch : {7, 50, 350}) {
        const auto found = sample(plan, workers, batch);
        ASSERT_EQ(found.size(), reference.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
          EXPECT_EQ(found[i].estimation, reference[i].estimation);
          EXPECT_EQ(found[i].trace, reference[i].trace);
          EXPECT_EQ(found[i].histogram, reference[i].histogram);
          EXPECT_EQ(found[i].logits.size(), reference[i].logits.size());
        }
      }
    }
  }
}

TEST(KeptScores, AMatrixGivesTheTraceAndTheTraceTheHistogram) {
  const auto traces = sample(kTrace, 2, 64), histograms = sample(kHistogram, 2, 64);
  auto matrices = sample(kMatrix, 2, 64);
  for (std::size_t i = 0; i < traces.size(); ++i) {
    trace_from_logits(matrices[i], Selection::kSeparate, ScoreLink::kSoftmax, 1);
    EXPECT_EQ(matrices[i].trace.tested, traces[i].trace.tested);
    EXPECT_TRUE(matrices[i].logits.empty());
    EXPECT_EQ(matrices[i].trace.values, traces[i].trace.values);
    EXPECT_EQ(histogram_of(traces[i].trace, 64), histograms[i].histogram);
  }
}

TEST(KeptScores, AreOfTheWinnerOfTheSelectionSamplesOrOfTheLabel) {
  for (const auto& s : sample(kTrace, 2, 64)) {
    EXPECT_EQ(s.trace.tested, s.selection.top_class());
    EXPECT_EQ(s.trace.candidates.size(), 3u);
    EXPECT_EQ(s.trace.rows(), 300);
    EXPECT_EQ(s.trace.selection_means.size(), 5u);
  }
  for (const auto& s : sample({.keep = ScoreKeeping::kTrace, .of_label = true}, 2, 64, 0)) {
    EXPECT_EQ(s.trace.tested, s.label);
    EXPECT_TRUE(s.trace.selection_means.empty());
  }
}

TEST(KeptScores, ASampleWithoutFiniteLogitsIsARival) {
  std::int64_t invalid = 0, rival_rows = 0;
  for (const auto& s : sample(kTrace, 2, 64)) {
    invalid += s.estimation.invalid;
    for (std::int64_t r = 0; r < s.trace.rows(); ++r) {
      rival_rows +=
          s.trace.values[static_cast<std::size_t>((r + 1) * s.trace.columns() - 1)] == 1.0f;
    }
  }
  EXPECT_GT(invalid, 0);
  EXPECT_EQ(rival_rows, invalid);
}

TEST(KeptScores, NeedAClassThatIsKnownFirst) {
  EXPECT_THROW(sample(kTrace, 1, 64, 0), InputError);
  EXPECT_NO_THROW(sample(kMatrix, 1, 64, 0));
}

TEST(CandidateRivals, AreAllWhereClassesAreFewAndTheMostVotedWhereTheyAreMany) {
  EXPECT_EQ(candidate_rivals({{5, 0, 1}, 0}, 0), (std::vector<int>{1, 2}));
  ClassCounts many{std::vector<std::int64_t>(1000), 0};
  for (int k = 0; k < 20; ++k) many.votes[static_cast<std::size_t>(10 * k)] = 100 - k;
  EXPECT_EQ(candidate_rivals(many, 10), (std::vector<int>{0, 20, 30, 40, 50, 60, 70, 80}));
  many.votes.assign(1000, 0);
  EXPECT_TRUE(candidate_rivals(many, 10).empty()) << "no votes, no candidates";
}

}  // namespace
}  // namespace certify
