#include "core/sampling/scheduler.h"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "core/base/errors.h"
#include "core/sampling/image_in_progress.h"

namespace certify {
namespace {

constexpr std::size_t kMostFinished = 4096;  // 64 MB of counts for 1000 classes

void check_gradient(const SamplingPlan& plan) {
  if (plan.stopping != nullptr) {
    throw InputError("no gradient can be gathered of images that are stopped early");
  }
  if (plan.n0 == 0 && !plan.gradient->of_label) {
    throw InputError("a gradient is of one class: of the winner of n0 samples, or of the label");
  }
  if (plan.n < 2) throw InputError("a gradient needs two samples, one for either half");
}

void check_plan(const SamplingPlan& plan) {
  if (!(plan.noise.sigma > 0 && std::isfinite(plan.noise.sigma))) {
    throw InputError("sigma must be positive and finite, not {}", plan.noise.sigma);
  }
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (plan.n0 < 0 || plan.n < 1 || plan.n0 > kMost || plan.n > kMost) {
    throw InputError("cannot draw n0 = {} and n = {} samples", plan.n0, plan.n);
  }
  const bool of_one_class =
      plan.scores.keep == ScoreKeeping::kTrace || plan.scores.keep == ScoreKeeping::kHistogram;
  if (of_one_class && plan.n0 == 0 && !plan.scores.of_label) {
    throw InputError("scores are kept of one class: of the winner of n0 samples, or of the label");
  }
  if (plan.stopping != nullptr && plan.scores.keep != ScoreKeeping::kNone) {
    throw InputError(
        "no scores can be kept of images that are stopped early: methods on scores "
        "need all n samples");
  }
  if (plan.gradient != nullptr) check_gradient(plan);
}

/// A batch, and whose its runs are: with the images kept alive, it may outlast a failed run.
struct Ticket {
  RowBatch batch;
  std::vector<std::shared_ptr<ImageInProgress>> images;  // one for each run
  std::int64_t rows = 0;
};

/// One call of Scheduler::run: the images between source and sink, and the workers on them.
class Session {
 public:
  Session(const std::vector<BackendFactory>& workers, const SchedulerOptions& options,
          const ImageSource& source, const SamplingPlan& plan, const StopFlag& stop)
      : workers_(workers), options_(options), source_(source), plan_(plan), stop_(stop) {}

  void run(const SamplesSink& done) {
    std::vector<std::jthread> threads;
    try {
      start(threads);
      deliver(done);
    } catch (...) {
      fail(std::current_exception());
    }
    threads.clear();  // joins
    if (failure_) std::rethrow_exception(failure_);
    if (source_failure_) std::rethrow_exception(source_failure_);
  }

 private:
  void start(std::vector<std::jthread>& threads) {
    try {
      for (const BackendFactory& make_backend : workers_) {
        threads.emplace_back([this, &make_backend] { work(make_backend); });
      }
    } catch (const std::system_error&) {
      throw InputError("cannot start {} workers; the system allows {}", workers_.size(),
                       threads.size());
    }
  }

  /// A worker's life: keeps its backend busy until there are no more batches.
  void work(const BackendFactory& make_backend) {
    std::deque<Ticket> in_flight;  // outlives the backend, which may still read pixels
    try {
      const auto backend = make_backend(plan_);
      const auto depth = static_cast<std::size_t>(std::max(1, backend->depth()));
      make_room(depth);
      for (;;) {
        if (in_flight.size() < depth) {
          if (auto ticket = next_batch(/*idle=*/in_flight.empty())) {
            in_flight.push_back(std::move(*ticket));
            backend->submit(in_flight.back().batch);
            continue;
          }
        }
        if (in_flight.empty()) break;
        record_result(in_flight.front(), backend->collect());
        in_flight.pop_front();
      }
    } catch (...) {
      fail(std::current_exception());
    }
    const std::lock_guard lock(mutex_);
    ++finished_workers_;
    changed_.notify_all();
  }

  /// Lets as many images in as a worker can have in its batches, twice over.
  void make_room(std::size_t depth) {
    const std::int64_t first_look = plan_.stopping ? plan_.stopping->next_look(0) : plan_.n;
    const auto images_per_batch = std::min<std::int64_t>(
        options_.packing.most_images,
        options_.packing.rows / std::max<std::int64_t>(1, plan_.n0 + first_look) + 2);
    const std::lock_guard lock(mutex_);
    most_sampled_ += 2 * (depth + 1) * static_cast<std::size_t>(images_per_batch);
  }

  /// The next batch: of the oldest images that have rows to give. An idle worker waits for one, and
  /// takes one that is not full. A busy one leaves it, as what it has in flight may release rows to
  /// fill it with.
  /// @return nothing when it is better to collect, at the end, on stop, or after a failure
  std::optional<Ticket> next_batch(bool idle) {
    std::unique_lock lock(mutex_);
    for (;;) {
      if (stop_.load() || failure_) return std::nullopt;
      const Supply supply = open_images();
      if (full(supply) || (idle && supply.rows > 0)) return pack();
      if (!idle || (exhausted_ && sampled_.empty())) return std::nullopt;
      changed_.wait(lock);
    }
  }

  /// What the images at hand have to give.
  struct Supply {
    std::int64_t rows = 0;
    int images = 0;
    void add(std::int64_t more) {
      rows += more;
      images += more > 0;
    }
  };
  bool full(const Supply& supply) const {
    return supply.rows >= options_.packing.rows || supply.images >= options_.packing.most_images;
  }

  /// Asks the source for images until a batch can be filled.
  Supply open_images() {
    Supply supply;
    for (const auto& image : sampled_) supply.add(image->rows_ready());
    while (!full(supply) && has_room() && open_image()) supply.add(sampled_.back()->rows_ready());
    return supply;
  }

  bool has_room() const {
    const std::size_t most_held = plan_.stopping ? most_sampled_ + kMostFinished : most_sampled_;
    return !exhausted_ && sampled_.size() < most_sampled_ && held_.size() < most_held;
  }

  bool open_image() {
    try {
      if (const auto image = source_()) {
        if (image->image.shape != options_.shape) {
          throw DataError("image {} has another shape than the model's input", image->index);
        }
        held_.push_back(std::make_shared<ImageInProgress>(*image, options_.classes, plan_));
        sampled_.push_back(held_.back());
        return true;
      }
    } catch (...) {
      source_failure_ = std::current_exception();
    }
    exhausted_ = true;
    changed_.notify_all();
    return false;
  }

  Ticket pack() {
    Ticket ticket;
    int images = 0;
    for (const auto& image : sampled_) {
      if (image->rows_ready() == 0) continue;
      const std::int64_t room = options_.packing.rows - ticket.rows;
      const std::int64_t rows = std::min(room, image->rows_ready());
      image->take(rows, ticket.batch.runs);
      ticket.images.resize(ticket.batch.runs.size(), image);
      ticket.rows += rows;
      if (rows == room || ++images == options_.packing.most_images) break;
    }
    return ticket;
  }

  void record_result(const Ticket& ticket, const BatchResult& result) {
    const std::vector<RowRun>& runs = ticket.batch.runs;
    if (result.counts.size() != runs.size()) {
      throw std::logic_error("a backend gave counts of other runs than it was given");
    }
    if (options_.on_samples) options_.on_samples(ticket.rows);
    std::unique_lock lock(mutex_);
    std::span<const float> logits = result.logits;
    auto gradient = result.gradients.begin();
    for (std::size_t i = 0; i < runs.size(); ++i) {
      ImageInProgress& image = *ticket.images[i];
      image.count(runs[i], result.counts[i]);
      if (runs[i].tested >= 0) image.add(*gradient++);
      if (image.scores()) {
        const auto count = static_cast<std::size_t>(runs[i].rows * options_.classes);
        if (!keep_scores(image, runs[i], logits.subspan(0, count), lock)) return;
        logits = logits.subspan(count);
      }
      if (image.run_done(runs[i])) end_stage(image, lock);
    }
  }

  /// Which scores are kept depends on the class that the selection samples choose. The forward pass
  /// does not, so a worker runs it first and waits here. The last selection samples may still be
  /// with another worker. Its batch was taken before this one, so the wait is short, and the worker
  /// of the oldest batch never waits.
  /// @return false when another worker failed meanwhile
  bool keep_scores(ImageInProgress& image, const RowRun& run, std::span<const float> logits,
                   std::unique_lock<std::mutex>& lock) {
    ScoreKeeper& scores = *image.scores();
    if (run.phase == Phase::kSelection) {
      scores.add_selection(logits, run.first_sample);
      if (image.samples().selection.total() == plan_.n0) {
        scores.choose(image.samples().selection, image.samples().label);
        changed_.notify_all();
      }
      return true;
    }
    changed_.wait(lock, [&] { return scores.chosen() || failure_; });
    if (failure_) return false;
    lock.unlock();
    const auto part = scores.reduce(logits, run.first_sample);
    lock.lock();
    scores.add(part);
    return true;
  }

  /// With no row of it on its way, nothing else touches the image while its rule decides.
  void end_stage(ImageInProgress& image, std::unique_lock<std::mutex>& lock) {
    lock.unlock();
    const StopReason reason = image.decide();
    lock.lock();
    image.end_stage(reason);
    if (image.finished()) {
      std::erase_if(sampled_, [&](const auto& other) { return other.get() == &image; });
    }
    changed_.notify_all();
  }

  /// Hands finished images to the sink in order until every worker has gone home.
  void deliver(const SamplesSink& done) {
    std::unique_lock lock(mutex_);
    for (;;) {
      const auto ready = [&] { return !held_.empty() && held_.front()->finished(); };
      changed_.wait(lock, [&] { return ready() || finished_workers_ == workers_.size(); });
      if (!ready()) return;
      ImageSamples samples = held_.front()->take_samples();
      held_.pop_front();
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

  const std::vector<BackendFactory>& workers_;
  const SchedulerOptions& options_;
  const ImageSource& source_;
  const SamplingPlan& plan_;
  const StopFlag& stop_;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Both in the order of the source.
  std::deque<std::shared_ptr<ImageInProgress>> held_;      // until the sink takes them
  std::vector<std::shared_ptr<ImageInProgress>> sampled_;  // of these, the unfinished ones
  std::size_t most_sampled_ = 4;
  bool exhausted_ = false;
  std::size_t finished_workers_ = 0;
  std::exception_ptr failure_, source_failure_;
};

}  // namespace

Scheduler::Scheduler(std::vector<BackendFactory> workers, SchedulerOptions options)
    : workers_(std::move(workers)), options_(std::move(options)) {
  constexpr std::int64_t kMostRows = std::numeric_limits<std::int32_t>::max();
  const Packing& packing = options_.packing;
  if (workers_.empty() || packing.rows < 1 || packing.rows > kMostRows || packing.most_images < 1) {
    throw InputError("a sampler needs at least one worker and a batch of at least one row");
  }
}

void Scheduler::run(const ImageSource& images, const SamplingPlan& plan, const SamplesSink& done,
                    const StopFlag& stop) {
  check_plan(plan);
  Session(workers_, options_, images, plan, stop).run(done);
}

}  // namespace certify
