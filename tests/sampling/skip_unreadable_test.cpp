#include "core/sampling/skip_unreadable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <numbers>
#include <string>
#include <vector>

#include "core/methods/catalogue.h"
#include "core/noise/gaussian.h"
#include "core/sampling/host_sampler.h"

namespace certify {
namespace {

using ::testing::ElementsAre;

constexpr ImageShape kShape{1, 2, 2};

/// Two classes, by the sign of the sum.
class SignClassifier final : public BaseClassifier {
 public:
  ImageShape input_shape() const override { return kShape; }
  int num_classes() const override { return 2; }
  void logits(const float* batch, std::int64_t rows, float* out) const override {
    for (std::int64_t r = 0; r < rows; ++r, batch += 4) {
      out[2 * r] = batch[0] + batch[1] + batch[2] + batch[3];
      out[2 * r + 1] = -out[2 * r];
    }
  }
};

/// Images 0, 1, …, of which those in `broken` cannot be read.
ImageSource images(std::int64_t count, std::vector<std::int64_t> broken) {
  return [=, next = std::int64_t{0}]() mutable -> std::optional<LabeledImage> {
    if (next == count) return std::nullopt;
    const std::int64_t index = next++;
    if (std::find(broken.begin(), broken.end(), index) != broken.end()) {
      throw UnreadableImage(index, 1, "damaged");
    }
    return LabeledImage{index, 0, {kShape, {1, 1, 1, 1}}};
  };
}

const SamplingPlan kPlan{20, 100, gaussian_noise(0.5), 1};

struct Outcome {
  std::vector<ImageSamples> samples;
  std::vector<std::int64_t> reported;
};

Outcome run(const ImageSource& source, const SamplingPlan& plan = kPlan) {
  const SignClassifier classifier;
  HostSampler inner(classifier, {.workers = 3, .batch = 16});
  Outcome out;
  SkipUnreadable sampler(
      inner, 2, [&](const UnreadableImage& image) { out.reported.push_back(image.index); });
  const StopFlag stop{false};
  sampler.run(
      source, plan, [&](ImageSamples s) { out.samples.push_back(std::move(s)); }, stop);
  return out;
}

std::vector<std::int64_t> indices(const Outcome& outcome) {
  std::vector<std::int64_t> out;
  for (const ImageSamples& s : outcome.samples) out.push_back(s.index);
  return out;
}

TEST(SkipUnreadable, RecordsTakeTheirPlaceInTheOrder) {
  const Outcome outcome = run(images(8, {0, 3, 4, 7}));
  EXPECT_THAT(indices(outcome), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  EXPECT_THAT(outcome.reported, ElementsAre(0, 3, 4, 7));
  for (const ImageSamples& s : outcome.samples) {
    const bool broken = s.index % 7 == 0 || s.index == 3 || s.index == 4;
    EXPECT_EQ(s.label, broken ? 1 : 0);
    EXPECT_EQ(s.selection.total(), 20);
    EXPECT_EQ(s.estimation.total(), 100);
    EXPECT_EQ(s.estimation.invalid, broken ? 100 : 0) << s.index;
  }
}

TEST(SkipUnreadable, ChangesNoOtherImagesSamples) {
  const Outcome with = run(images(6, {2})), without = run(images(6, {}));
  for (const std::size_t i : {0U, 1U, 3U, 4U, 5U}) {
    EXPECT_EQ(with.samples[i].estimation, without.samples[i].estimation);
  }
}

TEST(SkipUnreadable, ARunOfNothingElseIsRecordedWhole) {
  EXPECT_THAT(indices(run(images(3, {0, 1, 2}))), ElementsAre(0, 1, 2));
}

TEST(SkipUnreadable, OtherErrorsPass) {
  EXPECT_THROW(run([]() -> std::optional<LabeledImage> { throw IoError("the disk is gone"); }),
               IoError);
}

TEST(SkipUnreadable, NothingBehindAnUnfinishedImageIsRecordedOnStop) {
  const SignClassifier classifier;
  HostSampler inner(classifier, {.workers = 2, .batch = 16});
  SkipUnreadable sampler(inner, 2, [](const UnreadableImage&) {});
  StopFlag stop{false};
  const ImageSource all = images(1000, {5, 6, 30, 31, 32});
  std::vector<std::int64_t> order;
  sampler.run(
      all, kPlan,
      [&](const ImageSamples& s) {
        order.push_back(s.index);
        if (s.index == 10) stop = true;
      },
      stop);
  ASSERT_GE(order.size(), 11U);
  ASSERT_LT(order.size(), 1000U);
  for (std::size_t i = 0; i < order.size(); ++i) {
    EXPECT_EQ(order[i], static_cast<std::int64_t>(i));  // the first ones, none left out
  }
}

/// Of 300 samples where there are no more.
Noise noise_for(const Method& method) {
  return method.certain ? Noise{method.families[0], 300.0 / 510 / std::numbers::sqrt3}
                        : gaussian_noise(0.5);
}

TEST(SamplesOfUnreadable, MakeEveryMethodAbstain) {
  const GradientPlan gradient{false, channel_subspaces({3, 8, 8})};
  for (const auto keep : {ScoreKeeping::kTrace, ScoreKeeping::kHistogram}) {
    SamplingPlan plan{50, 300, gaussian_noise(0.5), 1};
    plan.scores.keep = keep;
    plan.gradient = &gradient;
    for (const int classes : {2, 40}) {
      const ImageSamples samples = samples_of_unreadable(4, 1, classes, plan);
      for (const Method* method : all_methods()) {
        if (method->needs == SampleNeeds::kTrace && keep != ScoreKeeping::kTrace) continue;
        const Certificate certificate = method->certify(samples, {.noise = noise_for(*method)});
        EXPECT_TRUE(certificate.abstained()) << method->name;
        EXPECT_EQ(certificate.radius, 0) << method->name;
        EXPECT_FALSE(certificate.correct()) << method->name;
      }
    }
  }
}

TEST(SamplesOfUnreadable, AbstainOnTheirLabelToo) {
  const ImageSamples samples = samples_of_unreadable(4, 1, 10, {0, 300, gaussian_noise(0.5), 1});
  for (const Method* method : all_methods()) {
    if (method->needs != SampleNeeds::kCounts) continue;
    const MethodOptions options{.noise = noise_for(*method), .selection = Selection::kLabel};
    EXPECT_TRUE(method->certify(samples, options).abstained()) << method->name;
  }
}

TEST(SamplesOfUnreadable, HaveAGradientOfNothingWhereOneWasAskedFor) {
  const GradientPlan gradient{true, channel_subspaces({3, 8, 8})};
  SamplingPlan plan{50, 301, gaussian_noise(0.5), 1};
  plan.gradient = &gradient;
  const GradientStatistics g = samples_of_unreadable(4, 7, 10, plan).gradient;
  EXPECT_EQ(g.tested, 7);
  EXPECT_EQ(g.n1, 151);  // as many even sample numbers as there are
  EXPECT_EQ(g.n2, 150);
  EXPECT_EQ(g.dimension, 192);
  ASSERT_EQ(g.subspaces.size(), 3U);
  EXPECT_EQ(g.subspaces[2], (SubspaceDot{"B", 64, 0}));
}

TEST(SamplesOfUnreadable, HaveScoresOfTheShapeThatWasAskedFor) {
  SamplingPlan plan{10, 5000, gaussian_noise(0.5), 1};
  plan.scores.keep = ScoreKeeping::kMatrix;
  EXPECT_EQ(samples_of_unreadable(0, 0, 3, plan).logits.size(), 15000U);
  plan.scores.keep = ScoreKeeping::kTrace;
  EXPECT_EQ(samples_of_unreadable(0, 0, 3, plan).trace.rows(), 5000);
}

}  // namespace
}  // namespace certify
