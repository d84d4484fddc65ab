#include "core/sampling/host_sampler.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

#include "core/base/errors.h"
#include "core/sampling/noise.h"

namespace certify {
namespace {

constexpr ImageShape kShape{3, 4, 5};

/// A fake network of three classes whose answer is easy to compute by hand, slow and flawed at
/// will.
class FakeClassifier final : public BaseClassifier {
 public:
  ImageShape input_shape() const override { return kShape; }
  int num_classes() const override { return 3; }
  void logits(const float* batch, std::int64_t rows, float* out) const override {
    if (delay.count() > 0) std::this_thread::sleep_for(delay);
    if (fails) throw DataError("the network broke");
    for (std::int64_t r = 0; r < rows; ++r) row_logits(batch + r * kShape.size(), out + 3 * r);
  }
  void row_logits(const float* row, float* out) const {
    float sum = 0, weighted = 0;
    for (int i = 0; i < kShape.size(); ++i) {
      sum += row[i];
      weighted += row[i] * static_cast<float>(i % 7 - 3);
    }
    out[0] = sum;
    out[1] = weighted;
    out[2] = 5 - sum;
    if (nan_below && row[0] < *nan_below) out[1] = std::numeric_limits<float>::quiet_NaN();
  }
  std::chrono::microseconds delay{0};
  bool fails = false;
  std::optional<float> nan_below;
};

LabeledImage image(std::int64_t index) {
  LabeledImage out{index, static_cast<int>(index % 3), {kShape, {}}};
  for (int i = 0; i < kShape.size(); ++i) {
    out.image.pixels.push_back(static_cast<float>((index * 31 + i * 17) % 100) / 100.0f);
  }
  return out;
}

ImageSource images(std::vector<std::int64_t> indices) {
  return [indices = std::move(indices),
          next = std::size_t{0}]() mutable -> std::optional<LabeledImage> {
    if (next == indices.size()) return std::nullopt;
    return image(indices[next++]);
  };
}

std::vector<std::int64_t> first(int count) {
  std::vector<std::int64_t> out;
  for (int i = 0; i < count; ++i) out.push_back(i * 20);
  return out;
}

const SamplingPlan kPlan{50, 333, 0.5, 9};

std::vector<ImageSamples> sample(const FakeClassifier& classifier, HostSamplerOptions options,
                                 const std::vector<std::int64_t>& indices,
                                 SamplingPlan plan = kPlan) {
  std::vector<ImageSamples> out;
  const StopFlag stop{false};
  HostSampler(classifier, options)
      .run(
          images(indices), plan, [&](ImageSamples s) { out.push_back(std::move(s)); }, stop);
  return out;
}

/// One image's samples, straight from the definition: one row at a time.
ClassCounts by_definition(const FakeClassifier& classifier, std::int64_t index, Phase phase,
                          std::int64_t n) {
  const Image chw = image(index).image;
  const int area = kShape.height * kShape.width;
  std::vector<float> hwc(chw.pixels.size()), noisy(chw.pixels.size());
  for (int c = 0; c < kShape.channels; ++c) {
    for (int i = 0; i < area; ++i) {
      hwc[static_cast<std::size_t>(i * kShape.channels + c)] =
          chw.pixels[static_cast<std::size_t>(c * area + i)];
    }
  }
  ClassCounts counts{std::vector<std::int64_t>(3), 0};
  for (std::int64_t s = 0; s < n; ++s) {
    add_noise(hwc.data(), noisy.data(), kShape.size(), noise_scale(kPlan.sigma),
              {kPlan.seed, static_cast<std::uint32_t>(index), phase},
              static_cast<std::uint32_t>(s));
    float logits[3];
    classifier.row_logits(noisy.data(), logits);
    if (std::isnan(logits[1])) {
      ++counts.invalid;
    } else {
      ++counts.votes[static_cast<std::size_t>(std::max_element(logits, logits + 3) - logits)];
    }
  }
  return counts;
}

TEST(HostSampler, CountsAreThoseOfTheDefinition) {
  const FakeClassifier classifier;
  for (const auto& samples : sample(classifier, {.workers = 2, .batch = 64}, first(4))) {
    EXPECT_EQ(samples.label, samples.index % 3);
    EXPECT_EQ(samples.selection, by_definition(classifier, samples.index, Phase::kSelection, 50));
    EXPECT_EQ(samples.estimation,
              by_definition(classifier, samples.index, Phase::kEstimation, 333));
  }
}

TEST(HostSampler, CountsDoNotDependOnWorkersBatchOrOrder) {
  const FakeClassifier classifier;
  const auto reference = sample(classifier, {.workers = 1, .batch = 64}, first(12));
  ASSERT_EQ(reference.size(), 12u);
  for (const int workers : {1, 2, 3, 7}) {
    for (const std::int64_t batch : {1, 5, 50, 383, 1000}) {
      const auto found = sample(classifier, {.workers = workers, .batch = batch}, first(12));
      ASSERT_EQ(found.size(), 12u);
      for (std::size_t i = 0; i < 12; ++i) {
        EXPECT_EQ(found[i].index, reference[i].index) << "in the order of the source";
        EXPECT_EQ(found[i].selection, reference[i].selection);
        EXPECT_EQ(found[i].estimation, reference[i].estimation);
      }
    }
  }
  const auto alone = sample(classifier, {.workers = 2, .batch = 64}, {220, 60});
  EXPECT_EQ(alone[0].estimation, reference[11].estimation);
  EXPECT_EQ(alone[1].estimation, reference[3].estimation);
}

TEST(HostSampler, DrawsNoSelectionSamplesForNZeroOfNought) {
  const FakeClassifier classifier;
  SamplingPlan plan = kPlan;
  plan.n0 = 0;
  const auto samples = sample(classifier, {.workers = 2, .batch = 10}, {0}, plan);
  EXPECT_EQ(samples.at(0).selection.total(), 0);
  EXPECT_EQ(samples.at(0).estimation.total(), 333);
}

TEST(HostSampler, NonFiniteLogitsVoteForNoClassAndAreCounted) {
  FakeClassifier classifier;
  classifier.nan_below = 0.0f;
  const auto samples = sample(classifier, {.workers = 2, .batch = 64}, {0});
  EXPECT_EQ(samples.at(0).estimation, by_definition(classifier, 0, Phase::kEstimation, 333));
  EXPECT_GT(samples.at(0).estimation.invalid, 50);
  EXPECT_EQ(samples.at(0).estimation.total(), 333);
}

TEST(HostSampler, ReportsEverySampleOnceAsProgress) {
  const FakeClassifier classifier;
  std::atomic<std::int64_t> seen{0};
  sample(classifier, {.workers = 3, .batch = 64, .on_samples = [&](std::int64_t k) { seen += k; }},
         first(5));
  EXPECT_EQ(seen, 5 * 383);
}

TEST(HostSampler, StopDropsOnlyUnfinishedImages) {
  FakeClassifier classifier;
  classifier.delay = std::chrono::microseconds(200);
  const auto reference = sample(classifier, {.workers = 1, .batch = 64}, first(40));
  for (const int workers : {1, 3}) {
    std::vector<ImageSamples> found;
    StopFlag stop{false};
    HostSampler(classifier, {.workers = workers, .batch = 64})
        .run(
            images(first(40)), kPlan,
            [&](ImageSamples s) {
              found.push_back(std::move(s));
              if (found.size() == 5) stop = true;
            },
            stop);
    ASSERT_GE(found.size(), 5u);
    ASSERT_LT(found.size(), 40u);
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].index, reference[i].index);
      EXPECT_EQ(found[i].estimation, reference[i].estimation);
    }
  }
}

TEST(HostSampler, PassesOnWhatTheClassifierTheSourceAndTheSinkThrow) {
  FakeClassifier classifier;
  const StopFlag stop{false};
  HostSampler sampler(classifier, {.workers = 3, .batch = 64});
  const auto ignore = [](ImageSamples) {};
  EXPECT_THROW(sampler.run([]() -> std::optional<LabeledImage> { throw DataError("unreadable"); },
                           kPlan, ignore, stop),
               DataError);
  EXPECT_THROW(
      sampler.run(
          images(first(20)), kPlan, [](ImageSamples) { throw IoError("disk full"); }, stop),
      IoError);
  classifier.fails = true;
  EXPECT_THROW(sampler.run(images(first(20)), kPlan, ignore, stop), DataError);
}

TEST(HostSampler, DeliversWhatWasFinishedBeforeAFailure) {
  const FakeClassifier classifier;
  std::vector<std::int64_t> delivered;
  const auto broken_fourth = [next = 0]() mutable -> std::optional<LabeledImage> {
    if (next == 3) throw DataError("image 3 is unreadable");
    return image(next++);
  };
  const StopFlag stop{false};
  EXPECT_THROW(
      HostSampler(classifier, {.workers = 1, .batch = 64})
          .run(
              broken_fourth, kPlan, [&](ImageSamples s) { delivered.push_back(s.index); }, stop),
      DataError);
  EXPECT_EQ(delivered, (std::vector<std::int64_t>{0, 1, 2}));
}

TEST(HostSampler, RefusesPlansAndOptionsOutOfRange) {
  const FakeClassifier classifier;
  const auto run = [&](SamplingPlan plan) { sample(classifier, {}, {0}, plan); };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double sigma : {0.0, -1.0, nan, HUGE_VAL}) {
    EXPECT_THROW(run({10, 10, sigma, 0}), InputError);
  }
  EXPECT_THROW(run({-1, 10, 0.5, 0}), InputError);
  EXPECT_THROW(run({10, 0, 0.5, 0}), InputError);
  EXPECT_THROW(run({10, std::int64_t{1} << 33, 0.5, 0}), InputError);
  EXPECT_THROW(HostSampler(classifier, {.workers = 0}), InputError);
}

TEST(EvenBatch, LeavesAtMostOneRowOfPaddingPerBatch) {
  for (std::int64_t rows = 1; rows < 3000; ++rows) {
    const std::int64_t batch = even_batch(rows);
    const std::int64_t batches = (rows + batch - 1) / batch;
    ASSERT_LE(batch, 64);
    ASSERT_EQ(batches, (rows + 63) / 64) << rows;
    ASSERT_LE(batch * batches - rows, batches) << rows;
  }
  EXPECT_EQ(even_batch(1100), 62);
}

}  // namespace
}  // namespace certify
