#include "core/sampling/host_sampler.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/sampling/batch_worker.h"
#include "core/sampling/score_keeper.h"

namespace certify {
namespace {

using Clock = std::chrono::steady_clock;

void add(ClassCounts& sum, const ClassCounts& part) {
  for (std::size_t k = 0; k < sum.votes.size(); ++k) sum.votes[k] += part.votes[k];
  sum.invalid += part.invalid;
}

/// An image on its way: batches are handed out in order and may finish in any.
struct Slot {
  std::uint32_t image = 0;
  std::vector<float> pixels;  // HWC
  ImageSamples samples;
  std::optional<ScoreKeeper> scores;  // where scores are kept
  std::int64_t batches_taken = 0;
  std::int64_t batches_done = 0;
  Clock::time_point started;
};

struct Batch {
  std::shared_ptr<Slot> slot;
  std::int64_t first_row = 0;
};

void check_plan(const SamplingPlan& plan) {
  if (!(plan.sigma > 0 && std::isfinite(plan.sigma))) {
    throw InputError(fmt::format("sigma must be positive and finite, not {}", plan.sigma));
  }
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (plan.n0 < 0 || plan.n < 1 || plan.n0 > kMost || plan.n > kMost) {
    throw InputError(fmt::format("cannot draw n0 = {} and n = {} samples", plan.n0, plan.n));
  }
  const bool of_one_class =
      plan.scores.keep == ScoreKeeping::kTrace || plan.scores.keep == ScoreKeeping::kHistogram;
  if (of_one_class && plan.n0 == 0 && !plan.scores.of_label) {
    throw InputError("scores are kept of one class: of the winner of n0 samples, or of the label");
  }
}

/// One call of HostSampler::run: the queue between workers and the thread that delivers.
class Session {
 public:
  Session(const BaseClassifier& classifier, const HostSamplerOptions& options,
          const ImageSource& images, const SamplingPlan& plan, const StopFlag& stop)
      : classifier_(classifier),
        options_(options),
        images_(images),
        plan_(plan),
        stop_(stop),
        batches_per_image_((plan.n0 + plan.n + options.batch - 1) / options.batch) {}

  void run(const SamplesSink& done) {
    std::vector<std::jthread> workers;
    try {
      start(workers);
      deliver(done);
    } catch (...) {
      fail(std::current_exception());
    }
    workers.clear();  // joins
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void start(std::vector<std::jthread>& workers) {
    try {
      while (static_cast<int>(workers.size()) < options_.workers) {
        workers.emplace_back([this] { work(); });
      }
    } catch (const std::system_error&) {
      throw InputError(fmt::format("cannot start {} workers; the system allows {}",
                                   options_.workers, workers.size()));
    }
  }

  /// A worker's life: batches until there are no more.
  void work() {
    try {
      BatchWorker worker(classifier_, plan_, options_.batch);
      while (auto batch = next_batch()) {
        const Slot& slot = *batch->slot;
        finish(*batch, worker.process({slot.image, &slot.pixels, batch->first_row}));
      }
    } catch (...) {
      fail(std::current_exception());
    }
    const std::lock_guard lock(mutex_);
    ++finished_workers_;
    changed_.notify_all();
  }

  /// The next batch in image order; nothing at the end, on stop, or after a failure.
  std::optional<Batch> next_batch() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock,
                  [&] { return closing() || has_open_slot() || slots_.size() < most_slots(); });
    if (closing()) return std::nullopt;
    if (!has_open_slot()) {
      auto image = images_();
      if (!image) {
        exhausted_ = true;
        changed_.notify_all();
        return std::nullopt;
      }
      slots_.push_back(open_slot(*image));
    }
    Slot& slot = *slots_.back();
    return Batch{slots_.back(), options_.batch * slot.batches_taken++};
  }

  bool closing() const { return stop_.load() || failure_ || exhausted_; }
  bool has_open_slot() const {
    return !slots_.empty() && slots_.back()->batches_taken < batches_per_image_;
  }
  /// Bounds memory when images finish faster than they are delivered.
  std::size_t most_slots() const { return 4 * static_cast<std::size_t>(options_.workers) + 4; }

  std::shared_ptr<Slot> open_slot(const LabeledImage& image) const {
    if (image.image.shape != classifier_.input_shape()) {
      throw DataError(
          fmt::format("image {} has another shape than the model's input", image.index));
    }
    if (image.index < 0 || image.index > std::numeric_limits<std::uint32_t>::max()) {
      throw DataError(fmt::format("image index {} is out of range", image.index));
    }
    const auto classes = static_cast<std::size_t>(classifier_.num_classes());
    auto slot = std::make_shared<Slot>();
    slot->image = static_cast<std::uint32_t>(image.index);
    slot->pixels = to_hwc(image.image);
    slot->samples.index = image.index;
    slot->samples.label = image.label;
    slot->samples.selection.votes.resize(classes);
    slot->samples.estimation.votes.resize(classes);
    if (plan_.scores.keep != ScoreKeeping::kNone) {
      slot->scores.emplace(plan_.scores, classifier_.num_classes(), plan_.n0, plan_.n);
      if (plan_.n0 == 0) slot->scores->choose(slot->samples.selection, image.label);
    }
    slot->started = Clock::now();
    return slot;
  }

  void finish(const Batch& batch, const BatchVotes& votes) {
    if (options_.on_samples) {
      options_.on_samples(std::min(options_.batch, plan_.n0 + plan_.n - batch.first_row));
    }
    std::unique_lock lock(mutex_);
    Slot& slot = *batch.slot;
    add(slot.samples.selection, votes.selection);
    add(slot.samples.estimation, votes.estimation);
    if (slot.scores && !keep_scores(slot, votes, lock)) return;
    if (++slot.batches_done == batches_per_image_) {
      if (slot.scores) slot.scores->move_into(slot.samples);
      slot.samples.seconds = std::chrono::duration<double>(Clock::now() - slot.started).count();
      changed_.notify_all();
    }
  }

  /// Which scores are kept depends on the class that the selection samples choose, and the last of
  /// those may still be with another worker: its batch was taken before this one, so the wait is
  /// short.
  /// @return false when another worker failed meanwhile
  bool keep_scores(Slot& slot, const BatchVotes& votes, std::unique_lock<std::mutex>& lock) {
    ScoreKeeper& scores = *slot.scores;
    if (!votes.selection_logits.empty()) {
      scores.add_selection(votes.selection_logits, votes.first_selection_sample);
    }
    if (!scores.chosen() && slot.samples.selection.total() == plan_.n0) {
      scores.choose(slot.samples.selection, slot.samples.label);
      changed_.notify_all();
    }
    if (votes.estimation_logits.empty()) return true;
    changed_.wait(lock, [&] { return scores.chosen() || failure_; });
    if (failure_) return false;
    lock.unlock();
    const auto part = scores.reduce(votes.estimation_logits, votes.first_estimation_sample);
    lock.lock();
    scores.add(part);
    return true;
  }

  /// Hands finished images to the sink in order until every worker has gone home.
  void deliver(const SamplesSink& done) {
    std::unique_lock lock(mutex_);
    for (;;) {
      const auto ready = [&] {
        return !slots_.empty() && slots_.front()->batches_done == batches_per_image_;
      };
      changed_.wait(lock, [&] { return ready() || finished_workers_ == options_.workers; });
      if (!ready()) return;
      ImageSamples samples = std::move(slots_.front()->samples);
      slots_.pop_front();
      changed_.notify_all();
      lock.unlock();
      done(std::move(samples));
      lock.lock();
    }
  }

  void fail(std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(failure);
    changed_.notify_all();
  }

  const BaseClassifier& classifier_;
  const HostSamplerOptions& options_;
  const ImageSource& images_;
  const SamplingPlan& plan_;
  const StopFlag& stop_;
  const std::int64_t batches_per_image_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Slot>> slots_;  // in image order; only the last can have batches left
  bool exhausted_ = false;
  int finished_workers_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

std::int64_t even_batch(std::int64_t rows_per_image, std::int64_t most) {
  const std::int64_t batches = (rows_per_image + most - 1) / most;
  return (rows_per_image + batches - 1) / batches;
}

HostSampler::HostSampler(const BaseClassifier& classifier, HostSamplerOptions options)
    : classifier_(classifier), options_(std::move(options)) {
  if (options_.workers < 1 || options_.batch < 1) {
    throw InputError("a sampler needs at least one worker and a batch of at least one row");
  }
}

void HostSampler::run(const ImageSource& images, const SamplingPlan& plan, const SamplesSink& done,
                      const StopFlag& stop) {
  check_plan(plan);
  Session(classifier_, options_, images, plan, stop).run(done);
}

}  // namespace certify
