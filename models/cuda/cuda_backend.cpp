#include "models/cuda/cuda_backend.h"

#include <ATen/ATen.h>
#include <ATen/cuda/CUDAEvent.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/noise/families.h"
#include "core/sampling/cuda/gradient_table.h"
#include "core/sampling/cuda/image_slots.h"
#include "core/sampling/cuda/kernels.h"
#include "core/sampling/lossy_backend.h"
#include "models/cuda/cuda_step.h"
#include "models/torch_errors.h"

namespace certify {
namespace {

/// Waiting for one does not burn a core that another worker could use.
constexpr unsigned kEventFlags = cudaEventDisableTiming | cudaEventBlockingSync;

at::Tensor pinned(at::IntArrayRef shape, at::ScalarType type) {
  return at::empty(shape, at::TensorOptions().dtype(type).pinned_memory(true));
}

/// Pinned memory through which images reach the GPU, a few at a time.
class Staging {
 public:
  explicit Staging(std::int64_t size) {
    constexpr std::int64_t kBytes = 8 << 20;
    const auto count = std::clamp<std::int64_t>(kBytes / (4 * size), 2, 64);
    for (std::int64_t i = 0; i < count; ++i) {
      entries_.push_back({pinned({size}, at::kFloat), at::cuda::CUDAEvent(kEventFlags)});
    }
  }
  void upload(const Upload& upload, CudaStep& step) {
    Entry& entry = entries_[next_++ % entries_.size()];
    entry.copied.synchronize();
    const auto size = static_cast<std::size_t>(entry.pixels.numel());
    if (upload.pixels->size() != size) {
      throw std::invalid_argument("an image of another size than the network's input");
    }
    std::memcpy(entry.pixels.data_ptr<float>(), upload.pixels->data(), size * sizeof(float));
    step.upload(upload.slot, entry.pixels);
    entry.copied.record(step.stream());
  }

 private:
  struct Entry {
    at::Tensor pixels;
    at::cuda::CUDAEvent copied;
  };
  std::vector<Entry> entries_;
  std::size_t next_ = 0;
};

/// At least `rows` of them; what it held is lost.
void make_room(at::Tensor& tensor, std::int64_t rows, std::vector<std::int64_t> shape,
               const at::TensorOptions& options) {
  if (tensor.defined() && tensor.size(0) >= rows) return;
  shape.insert(shape.begin(), rows);
  tensor = at::empty(shape, options);
}

/// Averages of the noise, added up on the GPU behind a batch's votes. Sums are of a run's rows in
/// one batch, so nothing lies on the device from batch to batch, and batches may be counted in any
/// order. They come back with the votes: 2 × 8 bytes an element, 0.05 MB a batch of one CIFAR
/// image. Sums that stayed on the device for as long as an image is sampled would save that copy,
/// and cost the rule.
class CudaGradient {
 public:
  /// What leaves for the GPU and comes back, in pinned memory.
  struct Ticket {
    at::Tensor table;  // [entries][4] int32, of GradientRows
    at::Tensor sums;   // [runs][2][size] int64
  };

  /// @param runs  with a class under test, as many as a batch will mostly have; more take more
  ///              memory when they come
  CudaGradient(std::int64_t size, std::int64_t runs, const at::Device& device)
      : size_(size), sums_(at::empty({runs, 2, size}, at::device(device).dtype(at::kLong))) {}

  /// Queues the sums of `runs` on the current stream, behind the votes of their batch.
  /// @param votes  [task.batch] int32   @param ticket  untouched until all of it is done
  void queue(std::span<const RowRun> runs, const NoiseTask& task, const at::Tensor& votes,
             Ticket& ticket, CudaStream stream) {
    const std::vector<GradientRows> table = gradient_table(runs);
    if (table.empty()) return;
    const auto entries = static_cast<std::int64_t>(table.size());
    const std::int64_t tested = table.back().run + 1;
    const auto host = at::TensorOptions().pinned_memory(true);
    make_room(ticket.table, entries, {4}, host.dtype(at::kInt));
    make_room(ticket.sums, tested, {2, size_}, host.dtype(at::kLong));
    make_room(table_, entries, {4}, votes.options());
    make_room(sums_, tested, {2, size_}, votes.options().dtype(at::kLong));

    std::memcpy(ticket.table.data_ptr(), table.data(), table.size() * sizeof(GradientRows));
    table_.narrow(0, 0, entries).copy_(ticket.table.narrow(0, 0, entries), /*non_blocking=*/true);
    at::Tensor sums = sums_.narrow(0, 0, tested);
    sums.zero_();
    launch_gradient(task, votes.data_ptr<std::int32_t>(),
                    static_cast<const GradientRows*>(table_.data_ptr()),
                    static_cast<std::uint32_t>(entries), sums.data_ptr<std::int64_t>(), stream);
    ticket.sums.narrow(0, 0, tested).copy_(sums, /*non_blocking=*/true);
  }

 private:
  std::int64_t size_;
  at::Tensor table_, sums_;  // on the device; shapes as in the ticket
};

/// A batch on its way, and the pinned memory that it leaves from and comes back to.
struct Ticket {
  std::vector<RowRun> runs;
  at::Tensor rows, votes, logits;
  CudaGradient::Ticket gradient;
  at::cuda::CUDAEvent done{kEventFlags};
};

class CudaBackend final : public Backend {
 public:
  CudaBackend(const Network& classifier, const SamplingPlan& plan,
              const CudaBackendOptions& options)
      : device_(classifier.options().device),
        classes_(classifier.num_classes()),
        size_(classifier.input_shape().size()),
        keep_scores_(plan.scores.keep != ScoreKeeping::kNone),
        batch_(options.batch),
        slots_(static_cast<std::uint32_t>(options.batch)),
        step_(classifier, plan, options.batch, options.graph, options.warn),
        staging_(size_) {
    for (Ticket& ticket : ring_) {
      ticket.rows = pinned({batch_, 4}, at::kInt);
      ticket.votes = pinned({batch_}, at::kInt);
      if (keep_scores_) ticket.logits = pinned({batch_, classes_}, at::kFloat);
    }
    if (plan.gradient != nullptr) {
      const c10::cuda::CUDAStreamGuard guard(step_.stream());
      // Images one after another: those that fit whole, and one cut by either end.
      gradient_.emplace(size_, batch_ / plan.n + 2, step_.votes().device());
    }
  }

  int depth() const override { return static_cast<int>(ring_.size()); }

  void submit(const RowBatch& batch) override {
    if (submitted_ - collected_ >= ring_.size()) {
      throw std::logic_error("more batches submitted than the backend holds");
    }
    guarded([&] { queue(batch, ring_[submitted_ % ring_.size()]); });
    ++submitted_;
  }

  BatchResult collect() override {
    if (collected_ == submitted_) throw std::logic_error("no batch to collect");
    const Ticket& ticket = ring_[collected_ % ring_.size()];
    guarded([&] { ticket.done.synchronize(); });
    ++collected_;
    return result_of(ticket);
  }

 private:
  void queue(const RowBatch& batch, Ticket& ticket) {
    const c10::InferenceMode inference;
    const c10::cuda::CUDAStreamGuard guard(step_.stream());
    auto* const rows = static_cast<NoiseRow*>(ticket.rows.data_ptr());
    for (const Upload& upload : fill_row_table(batch, slots_, rows, batch_)) {
      staging_.upload(upload, step_);
    }
    step_.run(ticket.rows);
    ticket.votes.copy_(step_.votes(), /*non_blocking=*/true);
    if (keep_scores_) ticket.logits.copy_(step_.logits(), /*non_blocking=*/true);
    if (gradient_) {
      gradient_->queue(batch.runs, step_.task(), step_.votes(), ticket.gradient,
                       step_.stream().stream());
    }
    ticket.done.record(step_.stream());
    ticket.runs = batch.runs;
  }

  BatchResult result_of(const Ticket& ticket) const {
    BatchResult result;
    const auto* vote = ticket.votes.data_ptr<std::int32_t>();
    std::size_t rows = 0;
    for (const RowRun& run : ticket.runs) {
      ClassCounts& counts = result.counts.emplace_back();
      counts.votes.resize(static_cast<std::size_t>(classes_));
      for (std::int32_t i = 0; i < run.rows; ++i, ++vote, ++rows) {
        ++(*vote < 0 ? counts.invalid : counts.votes[static_cast<std::size_t>(*vote)]);
      }
    }
    if (keep_scores_) {
      result.logits = {ticket.logits.data_ptr<float>(), rows * static_cast<std::size_t>(classes_)};
    }
    if (ticket.gradient.sums.defined()) {
      result.gradients =
          gradients_of(ticket.runs, ticket.gradient.sums.data_ptr<std::int64_t>(), size_);
    }
    return result;
  }

  template <class Work>
  void guarded(const Work& work) const {
    try {
      work();
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      const std::string what = fmt::format("{}: {}", device_, reason(error));
      if (is_device_error(error) || is_out_of_device_memory(error)) throw DeviceLost(what);
      throw DataError("the network failed on {}", what);
    }
  }

  std::string device_;
  int classes_;
  std::int64_t size_;
  bool keep_scores_;
  std::int64_t batch_;
  ImageSlots slots_;
  CudaStep step_;
  std::optional<CudaGradient> gradient_;
  Staging staging_;
  std::array<Ticket, 3> ring_;  // one is filled and one counted while the GPU works on the third
  std::size_t submitted_ = 0, collected_ = 0;
};

using Clock = std::chrono::steady_clock;

/// Any image does: time does not hang on what is in it.
std::vector<float> some_image(const Network& classifier) {
  return std::vector<float>(static_cast<std::size_t>(classifier.input_shape().size()), 0.5f);
}

double samples_per_second(const Network& classifier, std::int64_t batch) {
  constexpr double kSeconds = 0.3;
  release_cuda_memory();  // of the batch tried before
  const SamplingPlan plan{.noise = {&default_noise_family(), 0.25}};
  const auto pixels = some_image(classifier);
  const auto backend = make_cuda_backend(classifier, plan, {.batch = batch});
  const RowBatch full{{{0, &pixels, Phase::kEstimation, 0, static_cast<std::int32_t>(batch)}}};
  for (int i = 0; i < backend->depth(); ++i) backend->submit(full);
  backend->collect();
  const auto started = Clock::now();
  double seconds = 0;
  std::int64_t samples = 0;
  while (seconds < kSeconds) {
    backend->submit(full);
    backend->collect();
    samples += batch;
    seconds = std::chrono::duration<double>(Clock::now() - started).count();
  }
  return static_cast<double>(samples) / seconds;
}

/// Fused kernels round elsewhere, no more: logits may differ in their last bits.
bool agree(const Network& a, const Network& b) {
  const auto image = some_image(a);
  const auto m = static_cast<std::size_t>(a.num_classes());
  std::vector<float> x(m), y(m);
  a.logits(image.data(), 1, x.data());
  b.logits(image.data(), 1, y.data());
  float scale = 0, difference = 0;
  for (std::size_t k = 0; k < m; ++k) {
    scale = std::max(scale, std::abs(x[k]));
    difference = std::max(difference, std::abs(x[k] - y[k]));
  }
  return difference <= 2e-2f * scale;  // false for NaN
}

}  // namespace

std::unique_ptr<Backend> make_cuda_backend(const Network& classifier, const SamplingPlan& plan,
                                           const CudaBackendOptions& options) {
  try {
    return std::make_unique<LossyBackend>(std::make_unique<CudaBackend>(classifier, plan, options));
  } catch (const std::exception& error) {
    throw_meaning(error, fmt::format("{}: a batch of {} on {}", classifier.name(), options.batch,
                                     classifier.options().device));
  }
}

void release_cuda_memory() { c10::cuda::CUDACachingAllocator::emptyCache(); }

Tuning tune_on_gpu(const Network& classifier,
                   const std::function<std::unique_ptr<Network>(const NetworkOptions&)>& load,
                   const std::vector<std::int64_t>& batches) {
  const auto measure = [&](std::int64_t batch, bool fuse) {
    if (!fuse) return samples_per_second(classifier, batch);
    // Which algorithms a fused kernel may use is not ours to fix.
    if (classifier.options().deterministic) return 0.0;
    NetworkOptions options = classifier.options();
    options.fuse = true;
    try {
      const auto fused = load(options);
      const bool usable = fused->fused_convolutions() > 0 && agree(classifier, *fused);
      return usable ? samples_per_second(*fused, batch) : 0.0;
    } catch (const DataError&) {  // it does not run fused, or no fused algorithm fits in memory
      return 0.0;
    } catch (const DeviceLost&) {  // cuDNN's refusal of a fusion reads so, too; a lost device fails
                                   // again
      return 0.0;
    }
  };
  const Tuning tuning = tune(batches, measure);
  release_cuda_memory();
  return tuning;
}

}  // namespace certify
