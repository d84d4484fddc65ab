#include "core/sampling/scheduler.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <new>

#include "core/base/errors.h"
#include "core/noise/gaussian.h"
#include "core/sampling/host_sampler.h"
#include "tests/fakes/fake_classifier.h"
#include "tests/fakes/packed_backend.h"

namespace certify {
namespace {

using std::chrono::microseconds;

const SamplingPlan kPlan{50, 333, gaussian_noise(0.5), 9};

std::vector<ImageSamples> run(Sampler& sampler, int images, const SamplingPlan& plan) {
  std::vector<ImageSamples> out;
  const StopFlag stop{false};
  sampler.run(
      fake_images(every_20th(images)), plan, [&](ImageSamples s) { out.push_back(std::move(s)); },
      stop);
  return out;
}

std::vector<ImageSamples> run_host(int workers, std::int64_t batch, int images,
                                   const SamplingPlan& plan) {
  const FakeClassifier classifier;
  HostSampler sampler(classifier, {.workers = workers, .batch = batch});
  return run(sampler, images, plan);
}

std::vector<ImageSamples> run_packed(const PackedOptions& options, int images,
                                     const SamplingPlan& plan) {
  const FakeClassifier classifier;
  PackedWork work;
  Scheduler scheduler = packed_scheduler(classifier, options, work);
  return run(scheduler, images, plan);
}

void expect_same(const std::vector<ImageSamples>& found,
                 const std::vector<ImageSamples>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].index, expected[i].index) << "in the order of the source";
    EXPECT_EQ(found[i].label, expected[i].label);
    EXPECT_EQ(found[i].selection, expected[i].selection) << "image " << found[i].index;
    EXPECT_EQ(found[i].estimation, expected[i].estimation) << "image " << found[i].index;
    EXPECT_EQ(found[i].stopped, expected[i].stopped) << "image " << found[i].index;
  }
}

/// Looks at 20, 40, 80, …, and stops where the votes of a class happen to divide by three: early or
/// late by the counts alone, with no rhyme.
class WilfulRule : public StoppingRule {
 public:
  explicit WilfulRule(std::int64_t n) : n_(n) {}
  std::int64_t next_look(std::int64_t drawn) const override {
    return std::min(n_, drawn == 0 ? 20 : 2 * drawn);
  }
  StopReason decide(const ImageSamples& samples) const override {
    if (samples.estimation.votes[0] % 3 != 0) return StopReason::kNone;
    return samples.estimation.votes[1] % 2 == 0 ? StopReason::kCertified : StopReason::kHopeless;
  }

 private:
  std::int64_t n_;
};

/// Remembers what it was shown.
class WitnessRule final : public WilfulRule {
 public:
  using WilfulRule::WilfulRule;
  StopReason decide(const ImageSamples& samples) const override {
    const std::lock_guard lock(mutex_);
    seen_[samples.index].push_back({samples.selection.total(), samples.estimation.total()});
    return WilfulRule::decide(samples);
  }
  struct Look {
    std::int64_t selection, estimation;
  };
  const std::map<std::int64_t, std::vector<Look>>& seen() const { return seen_; }

 private:
  mutable std::mutex mutex_;
  mutable std::map<std::int64_t, std::vector<Look>> seen_;
};

SamplingPlan stopped_by(const StoppingRule& rule) {
  SamplingPlan plan = kPlan;
  plan.stopping = &rule;
  return plan;
}

TEST(Packing, GivesTheCountsOfOneImageABatch) {
  const auto expected = run_host(1, 64, 30, kPlan);
  for (const int workers : {1, 2, 3}) {
    for (const std::int64_t rows : {1, 7, 256, 5000}) {
      for (const int most_images : {1, 2, 5000}) {
        expect_same(run_packed({workers, {rows, most_images}}, 30, kPlan), expected);
      }
    }
  }
}

TEST(Packing, DoesNotDependOnWhenABatchComesBack) {
  const auto expected = run_host(1, 64, 30, kPlan);
  for (const int workers : {1, 2, 5}) {
    expect_same(run_packed({workers, {100, 100}, microseconds(400)}, 30, kPlan), expected);
  }
}

TEST(Packing, KeepsTheScoresOfOneImageABatch) {
  SamplingPlan plan = kPlan;
  for (const ScoreKeeping keep :
       {ScoreKeeping::kTrace, ScoreKeeping::kHistogram, ScoreKeeping::kMatrix}) {
    plan.scores.keep = keep;
    const auto expected = run_host(1, 64, 12, plan);
    for (const int workers : {1, 3}) {
      const auto found = run_packed({workers, {500, 500}, microseconds(200)}, 12, plan);
      ASSERT_EQ(found.size(), expected.size());
      for (std::size_t i = 0; i < found.size(); ++i) {
        EXPECT_EQ(found[i].trace, expected[i].trace);
        EXPECT_EQ(found[i].histogram, expected[i].histogram);
        EXPECT_EQ(found[i].logits, expected[i].logits);
      }
    }
  }
}

/// @return the share of rows that were padding
double padding(const PackedOptions& options, int images, const SamplingPlan& plan) {
  const FakeClassifier classifier;
  PackedWork work;
  Scheduler scheduler = packed_scheduler(classifier, options, work);
  run(scheduler, images, plan);
  EXPECT_LE(work.most_images, options.packing.most_images);
  const auto capacity = static_cast<double>(work.batches * options.packing.rows);
  return 1 - static_cast<double>(work.rows) / capacity;
}

TEST(Packing, FillsBatchesWhereEachImageNeedsFewRows) {
  for (const int workers : {1, 2}) {
    const PackedOptions options{workers, {2048, 2048}, microseconds(300)};
    EXPECT_LT(padding(options, 100, {100, 1000, 0.5, 9}), 0.03);  // 53.7 batches: the last is short
    EXPECT_LT(padding(options, 2000, {0, 20, 0.5, 9}), 0.15);     // 19.5 batches
    EXPECT_LT(padding(options, 500, {10, 90, 0.5, 9}), 0.15);     // 24.4 batches
  }
  EXPECT_GT(padding({1, {2048, 1}}, 100, {100, 1000, 0.5, 9}), 0.4) << "one image a batch";
}

TEST(Packing, FillsBatchesWhileImagesWaitForTheirRule) {
  const WilfulRule rule(333);
  const PackedOptions options{1, {512, 512}, microseconds(300)};
  EXPECT_LT(padding(options, 1500, stopped_by(rule)), 0.15);
}

TEST(Stopping, IsAFunctionOfTheImageAlone) {
  const WilfulRule rule(333);
  const SamplingPlan plan = stopped_by(rule);
  const auto expected = run_host(1, 64, 60, plan);
  std::map<StopReason, int> reasons;
  for (const ImageSamples& s : expected) ++reasons[s.stopped];
  EXPECT_GT(reasons[StopReason::kNone], 0);
  EXPECT_GT(reasons[StopReason::kCertified], 0);
  EXPECT_GT(reasons[StopReason::kHopeless], 0);
  for (const int workers : {2, 3}) {
    for (const std::int64_t batch : {1, 13, 500}) {
      expect_same(run_host(workers, batch, 60, plan), expected);
    }
  }
  for (const int workers : {1, 2, 4}) {
    for (const Packing packing : {Packing{8, 2}, Packing{64, 64}, Packing{1000, 1000}}) {
      expect_same(run_packed({workers, packing, microseconds(200)}, 60, plan), expected);
    }
  }
}

TEST(OneImageABatch, GivesTheSameCountsEvenWhereLogitsDependOnPlace) {
  FakeClassifier classifier;
  classifier.place_matters = true;
  const WilfulRule rule(333);
  for (const SamplingPlan& plan : {kPlan, stopped_by(rule)}) {
    HostSampler one(classifier, {.workers = 1, .batch = 64});
    const auto expected = run(one, 40, plan);
    for (const int workers : {2, 3, 7}) {
      HostSampler several(classifier, {.workers = workers, .batch = 64});
      expect_same(run(several, 40, plan), expected);
      PackedWork work;
      Scheduler deep = packed_scheduler(classifier, {workers, {64, 1}, microseconds(100)}, work);
      expect_same(run(deep, 40, plan), expected);
    }
  }
  HostSampler sampler(classifier, {.workers = 1, .batch = 64});
  HostSampler other(classifier, {.workers = 1, .batch = 63});
  EXPECT_NE(run(sampler, 1, kPlan)[0].estimation, run(other, 1, kPlan)[0].estimation)
      << "or the test would prove nothing";
}

TEST(Stopping, ShowsTheRuleEachLookOnceAndExactlyItsSamples) {
  const WitnessRule rule(333);
  const auto found = run_packed({3, {100, 100}, microseconds(100)}, 40, stopped_by(rule));
  const FakeClassifier classifier;
  for (const ImageSamples& s : found) {
    const std::int64_t drawn = s.estimation.total();
    EXPECT_EQ(s.selection, by_definition(classifier, s.index, Phase::kSelection, 50, kPlan));
    EXPECT_EQ(s.estimation, by_definition(classifier, s.index, Phase::kEstimation, drawn, kPlan));
    EXPECT_EQ(s.stopped == StopReason::kNone, drawn == 333);
    std::int64_t look = 0;
    for (const auto& seen : rule.seen().at(s.index)) {
      look = rule.next_look(look);
      EXPECT_EQ(seen.estimation, look);
      EXPECT_EQ(seen.selection, 50);
    }
    EXPECT_EQ(drawn == 333 ? rule.next_look(look) : look, drawn)
        << "no look is left out, none at n";
  }
}

/// Decides about image 0 only when it has been asked about another.
class WaitingRule final : public StoppingRule {
 public:
  std::int64_t next_look(std::int64_t drawn) const override { return drawn == 0 ? 20 : 333; }
  StopReason decide(const ImageSamples& samples) const override {
    std::unique_lock lock(mutex_);
    if (samples.index != 0) {
      asked_ = true;
      changed_.notify_all();
    } else if (!changed_.wait_for(lock, std::chrono::minutes(1), [&] { return asked_; })) {
      throw std::runtime_error("nobody sampled another image");
    }
    return StopReason::kCertified;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable bool asked_ = false;
};

TEST(Stopping, AnImageThatWaitsForItsRuleHoldsNobodyUp) {
  const WaitingRule rule;
  const auto found = run_host(2, 64, 5, stopped_by(rule));
  ASSERT_EQ(found.size(), 5u);
  EXPECT_EQ(found[0].index, 0);
  EXPECT_EQ(found[0].estimation.total(), 20);
}

TEST(Stopping, RefusesScoresAndRulesThatDoNotMoveOn) {
  struct Stuck final : StoppingRule {
    explicit Stuck(std::int64_t where) : look(where) {}
    std::int64_t next_look(std::int64_t) const override { return look; }
    StopReason decide(const ImageSamples&) const override { return StopReason::kNone; }
    std::int64_t look;
  };
  for (const std::int64_t look : {-5, 0, 20, 334}) {
    const Stuck rule(look);
    EXPECT_THROW(run_packed({2}, 5, stopped_by(rule)), std::logic_error) << look;
  }
  const WilfulRule rule(333);
  SamplingPlan plan = stopped_by(rule);
  plan.scores.keep = ScoreKeeping::kMatrix;
  EXPECT_THROW(run_packed({2}, 5, plan), InputError);
}

/// @return the most images that were with the scheduler at once
int most_held(Sampler& sampler, int images, const SamplingPlan& plan) {
  std::atomic<int> held{0}, most{0};
  const StopFlag stop{false};
  const ImageSource source = fake_images(every_20th(images));
  sampler.run(
      [&] {
        const int now = ++held;  // one source call at a time, so no other raises it meanwhile
        most = std::max(most.load(), now);
        return source();
      },
      plan,
      [&](const ImageSamples&) {
        std::this_thread::sleep_for(microseconds(500));  // slower than the sampling
        --held;
      },
      stop);
  return most;
}

TEST(Scheduler, HoldsFewImagesHoweverSlowTheSinkIs) {
  const FakeClassifier classifier;
  PackedWork work;
  const int straw = 1;   // counted by most_held() when its delivery has begun but not ended
  const int source = 1;  // counted when the source is asked, whether or not it has one more
  // Host: 4 + 2·(1 + 1) a worker.
  HostSampler host(classifier, {.workers = 2, .batch = 64});
  EXPECT_LE(most_held(host, 300, kPlan), 4 + 2 * 4 + straw + source);
  // 10 rows an image, 100 a batch: 4 + 2·(3 + 1)·(100/10 + 2).
  Scheduler packed = packed_scheduler(classifier, {1, {100, 100}}, work);
  EXPECT_LE(most_held(packed, 1000, {2, 8, 0.5, 9}), 4 + 2 * 4 * 12 + straw + source);
  // Counts of up to 4096 more wait behind an image that is not stopped early.
  const WilfulRule rule(333);
  EXPECT_LE(most_held(host, 300, stopped_by(rule)), 300 + source);
}

TEST(Scheduler, ImagesBeforeOneThatCannotBeReadAreAllDelivered) {
  const FakeClassifier classifier;
  PackedWork work;
  for (const int workers : {1, 3}) {
    Scheduler scheduler =
        packed_scheduler(classifier, {workers, {256, 256}, microseconds(50)}, work);
    std::vector<std::int64_t> delivered;
    const StopFlag stop{false};
    const auto broken = [next = 0]() mutable -> std::optional<LabeledImage> {
      if (next == 17) throw DataError("image 17 is unreadable");
      return fake_image(next++);
    };
    EXPECT_THROW(
        scheduler.run(
            broken, kPlan, [&](const ImageSamples& s) { delivered.push_back(s.index); }, stop),
        DataError);
    EXPECT_EQ(delivered.size(), 17u) << workers << " workers";
  }
}

TEST(Scheduler, RefusesAnImageOfAnotherShape) {
  const FakeClassifier classifier;
  HostSampler sampler(classifier, {});
  const StopFlag stop{false};
  const auto source = [] { return LabeledImage{0, 0, {{1, 2, 2}, std::vector<float>(4)}}; };
  EXPECT_THROW(sampler.run(
                   source, kPlan, [](const ImageSamples&) {}, stop),
               DataError);
}

/// Does its work until it is lost.
template <class Failure>
class FailingBackend final : public Backend {
 public:
  FailingBackend(const BaseClassifier& classifier, const SamplingPlan& plan, int batches)
      : good_(classifier, plan, 256, microseconds(0), 1, work_), left_(batches) {}
  int depth() const override { return good_.depth(); }
  void submit(const RowBatch& batch) override { good_.submit(batch); }
  BatchResult collect() override {
    if (left_-- == 0) throw Failure();
    return good_.collect();
  }

 private:
  PackedWork work_;
  PackedBackend good_;
  int left_;
};

struct LostInTest : DeviceLost {
  LostInTest() : DeviceLost("cuda:0: gone") {}
};

/// @return what was delivered before a worker failed, beside another that did not
template <class Failure>
std::vector<ImageSamples> run_until_failure(int batches, bool beside_another) {
  const FakeClassifier classifier;
  std::vector<BackendFactory> workers;
  workers.push_back([&](const SamplingPlan& plan) {
    return std::make_unique<FailingBackend<Failure>>(classifier, plan, batches);
  });
  if (beside_another) {
    workers.push_back([&](const SamplingPlan& plan) {
      return std::make_unique<HostBackend>(classifier, plan, 256);
    });
  }
  Scheduler scheduler(workers, {.shape = kFakeShape, .classes = 3, .packing = {256, 256}});
  std::vector<ImageSamples> out;
  const StopFlag stop{false};
  EXPECT_THROW(scheduler.run(
                   fake_images(every_20th(500)), kPlan,
                   [&](ImageSamples s) { out.push_back(std::move(s)); }, stop),
               Failure);
  return out;
}

TEST(Scheduler, DeliversWhatWasFinishedBeforeADeviceWasLost) {
  const auto whole = run_host(1, 64, 500, kPlan);
  for (const bool beside_another : {false, true}) {
    const auto found = run_until_failure<LostInTest>(20, beside_another);
    // 20 batches of 256 rows are 13 images of 383 and a part of the next.
    ASSERT_GE(found.size(), beside_another ? 0u : 13u);
    ASSERT_LT(found.size(), 500u);
    expect_same(found, {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(found.size())});
  }
}

TEST(Scheduler, PassesOnThatAWorkerHasNoMemory) {
  run_until_failure<std::bad_alloc>(0, true);
  const BackendFactory none = [](const SamplingPlan&) -> std::unique_ptr<Backend> {
    throw std::bad_alloc();
  };
  Scheduler scheduler({none, none}, {.shape = kFakeShape, .classes = 3});
  EXPECT_THROW(run(scheduler, 5, kPlan), std::bad_alloc);
}

TEST(Scheduler, StopsWithBatchesOnTheirWay) {
  const auto whole = run_host(1, 64, 500, kPlan);
  const FakeClassifier classifier;
  PackedWork work;
  for (const int workers : {1, 3}) {
    Scheduler scheduler =
        packed_scheduler(classifier, {workers, {256, 256}, microseconds(100)}, work);
    std::vector<ImageSamples> found;
    StopFlag stop{false};
    scheduler.run(
        fake_images(every_20th(500)), kPlan,
        [&](ImageSamples s) {
          found.push_back(std::move(s));
          stop = found.size() == 7 || stop;
        },
        stop);
    ASSERT_GE(found.size(), 7u);
    ASSERT_LT(found.size(), 500u);
    expect_same(found, {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(found.size())});
  }
}

TEST(Scheduler, DoesNotBelieveABackendThatLosesRows) {
  struct Careless final : Backend {
    int depth() const override { return 1; }
    void submit(const RowBatch& batch) override { runs = batch.runs; }
    BatchResult collect() override {
      BatchResult result;
      for (const RowRun& run : runs) result.counts.push_back({{run.rows - 1, 0, 0}, 0});
      return result;
    }
    std::vector<RowRun> runs;
  };
  Scheduler scheduler({[](const SamplingPlan&) { return std::make_unique<Careless>(); }},
                      {.shape = kFakeShape, .classes = 3});
  EXPECT_THROW(run(scheduler, 5, kPlan), std::logic_error);
}

TEST(Scheduler, RefusesToRunWithoutWorkersOrRows) {
  const BackendFactory none = [](const SamplingPlan&) { return std::unique_ptr<Backend>(); };
  EXPECT_THROW(Scheduler({}, {.shape = kFakeShape, .classes = 3}), InputError);
  for (const Packing packing : {Packing{0, 1}, Packing{1, 0}, Packing{std::int64_t{1} << 40, 1}}) {
    EXPECT_THROW(Scheduler({none}, {.shape = kFakeShape, .classes = 3, .packing = packing}),
                 InputError);
  }
}

}  // namespace
}  // namespace certify
