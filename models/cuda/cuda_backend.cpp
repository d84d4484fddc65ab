#include "models/cuda/cuda_backend.h"

#include <ATen/cuda/CUDAEvent.h>
#include <ATen/ops/empty.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/sampling/cuda/gradient_table.h"
#include "core/sampling/cuda/image_slots.h"
#include "core/sampling/lossy_backend.h"
#include "models/cuda/cuda_gradient.h"
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
      throw DataError(fmt::format("the network failed on {}", what));
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

}  // namespace

std::unique_ptr<Backend> make_cuda_backend(const Network& classifier, const SamplingPlan& plan,
                                           const CudaBackendOptions& options) {
  const auto what = [&] {
    return fmt::format("{}: a batch of {} on {}", classifier.name(), options.batch,
                       classifier.options().device);
  };
  try {
    return std::make_unique<LossyBackend>(std::make_unique<CudaBackend>(classifier, plan, options));
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    if (is_out_of_device_memory(error)) {
      throw OutOfDeviceMemory(fmt::format("{} does not fit: {}", what(), reason(error)));
    }
    if (is_device_error(error)) throw DeviceLost(fmt::format("{}: {}", what(), reason(error)));
    throw DataError(fmt::format("{} failed: {}", what(), reason(error)));
  }
}

void release_cuda_memory() { c10::cuda::CUDACachingAllocator::emptyCache(); }

}  // namespace certify
