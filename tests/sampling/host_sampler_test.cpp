#include "core/sampling/host_sampler.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>

#include "core/base/errors.h"
#include "core/noise/gaussian.h"
#include "tests/fakes/fake_classifier.h"

namespace certify {
namespace {

const SamplingPlan kPlan{50, 333, gaussian_noise(0.5), 9};

std::vector<ImageSamples> sample(const FakeClassifier& classifier, HostSamplerOptions options,
                                 const std::vector<std::int64_t>& indices,
                                 SamplingPlan plan = kPlan) {
  std::vector<ImageSamples> out;
  const StopFlag stop{false};
  HostSampler(classifier, options)
      .run(
          fake_images(indices), plan, [&](ImageSamples s) { out.push_back(std::move(s)); }, stop);
  return out;
}

TEST(HostSampler, CountsAreThoseOfTheDefinition) {
  const FakeClassifier classifier;
  for (const auto& samples : sample(classifier, {.workers = 2, .batch = 64}, every_20th(4))) {
    EXPECT_EQ(samples.label, samples.index % 3);
    EXPECT_EQ(samples.selection,
              by_definition(classifier, samples.index, Phase::kSelection, 50, kPlan));
    EXPECT_EQ(samples.estimation,
              by_definition(classifier, samples.index, Phase::kEstimation, 333, kPlan));
  }
}

/// Records and rows have six digits of them, rounded in ways of their own: a time between two would
/// come out otherwise when a row is made again.
TEST(HostSampler, TimesAreWholeMicroseconds) {
  const FakeClassifier classifier;
  for (const auto& samples : sample(classifier, {.workers = 2, .batch = 64}, every_20th(40))) {
    EXPECT_GT(samples.seconds, 0);
    EXPECT_EQ(samples.seconds, std::round(samples.seconds * 1e6) / 1e6) << samples.index;
  }
}

TEST(HostSampler, CountsDoNotDependOnWorkersBatchOrOrder) {
  const FakeClassifier classifier;
  const auto reference = sample(classifier, {.workers = 1, .batch = 64}, every_20th(12));
  ASSERT_EQ(reference.size(), 12u);
  for (const int workers : {1, 2, 3, 7}) {
    for (const std::int64_t batch : {1, 5, 50, 383, 1000}) {
      const auto found = sample(classifier, {.workers = workers, .batch = batch}, every_20th(12));
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
  EXPECT_EQ(samples.at(0).estimation, by_definition(classifier, 0, Phase::kEstimation, 333, kPlan));
  EXPECT_GT(samples.at(0).estimation.invalid, 50);
  EXPECT_EQ(samples.at(0).estimation.total(), 333);
}

TEST(HostSampler, ReportsEverySampleOnceAsProgress) {
  const FakeClassifier classifier;
  std::atomic<std::int64_t> seen{0};
  sample(classifier, {.workers = 3, .batch = 64, .on_samples = [&](std::int64_t k) { seen += k; }},
         every_20th(5));
  EXPECT_EQ(seen, 5 * 383);
}

TEST(HostSampler, StopDropsOnlyUnfinishedImages) {
  FakeClassifier classifier;
  classifier.delay = std::chrono::microseconds(200);
  const auto reference = sample(classifier, {.workers = 1, .batch = 64}, every_20th(40));
  for (const int workers : {1, 3}) {
    std::vector<ImageSamples> found;
    StopFlag stop{false};
    HostSampler(classifier, {.workers = workers, .batch = 64})
        .run(
            fake_images(every_20th(40)), kPlan,
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
  EXPECT_THROW(sampler.run(
                   fake_images(every_20th(20)), kPlan,
                   [](ImageSamples) { throw IoError("disk full"); }, stop),
               IoError);
  classifier.fails = true;
  EXPECT_THROW(sampler.run(fake_images(every_20th(20)), kPlan, ignore, stop), DataError);
}

TEST(HostSampler, DeliversWhatWasFinishedBeforeAFailure) {
  const FakeClassifier classifier;
  std::vector<std::int64_t> delivered;
  const auto broken_fourth = [next = 0]() mutable -> std::optional<LabeledImage> {
    if (next == 3) throw DataError("image 3 is unreadable");
    return fake_image(next++);
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
    EXPECT_THROW(run({10, 10, gaussian_noise(sigma), 0}), InputError);
  }
  EXPECT_THROW(run({-1, 10, gaussian_noise(0.5), 0}), InputError);
  EXPECT_THROW(run({10, 0, gaussian_noise(0.5), 0}), InputError);
  EXPECT_THROW(run({10, std::int64_t{1} << 33, gaussian_noise(0.5), 0}), InputError);
  EXPECT_THROW(HostSampler(classifier, {.workers = 0}), InputError);
}

TEST(EvenBatch, LeavesAtMostOneRowOfPaddingPerBatch) {
  for (std::int64_t rows = 1; rows < 3000; ++rows) {
    const std::int64_t batch = even_batch(rows);
    const std::int64_t batches = (rows + batch - 1) / batch;
    ASSERT_LE(batch, 24);
    ASSERT_EQ(batches, (rows + 23) / 24) << rows;
    ASSERT_LE(batch * batches - rows, batches) << rows;
  }
  EXPECT_EQ(even_batch(1100), 24);
  EXPECT_EQ(even_batch(1100, 64), 62);
}

}  // namespace
}  // namespace certify
