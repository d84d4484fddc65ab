#pragma once
/// The CPU twin of a GPU as the scheduler sees it: batches of many images, three on their way at
/// once, each back after a time of its own.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "core/sampling/host_backend.h"
#include "core/sampling/scheduler.h"

namespace certify {

/// What all workers together were given.
struct PackedWork {
  std::atomic<std::int64_t> batches{0}, rows{0}, most_images{0};
};

class PackedBackend final : public Backend {
 public:
  static constexpr int kDepth = 3;

  /// @param slowest  a batch takes up to so long   @param work  must outlive the backend
  PackedBackend(const BaseClassifier& classifier, const SamplingPlan& plan, std::int64_t rows,
                std::chrono::microseconds slowest, std::uint32_t seed, PackedWork& work)
      : host_(classifier, plan, rows), slowest_(slowest), random_(seed), work_(work) {}

  int depth() const override { return kDepth; }

  void submit(const RowBatch& batch) override {
    if (queue_.size() == kDepth) throw std::logic_error("more batches than fit");
    queue_.push_back(batch);
    std::int64_t rows = 0, images = 0;
    for (std::size_t i = 0; i < batch.runs.size(); ++i) {
      rows += batch.runs[i].rows;
      images += i == 0 || batch.runs[i].image != batch.runs[i - 1].image;
    }
    ++work_.batches;
    work_.rows += rows;
    for (auto most = work_.most_images.load();
         images > most && !work_.most_images.compare_exchange_weak(most, images);) {
    }
  }

  /// Pixels are read as late as the contract allows.
  BatchResult collect() override {
    if (slowest_.count() > 0) {
      std::this_thread::sleep_for(slowest_ * (random_() % 1000) / 1000);
    }
    host_.submit(queue_.front());
    queue_.pop_front();
    return host_.collect();
  }

 private:
  HostBackend host_;
  std::chrono::microseconds slowest_;
  std::mt19937 random_;
  PackedWork& work_;
  std::deque<RowBatch> queue_;
};

struct PackedOptions {
  int workers = 1;
  Packing packing = {.rows = 256, .most_images = 256};
  std::chrono::microseconds slowest{0};
};

/// @param classifier,work  must outlive the scheduler
inline Scheduler packed_scheduler(const BaseClassifier& classifier, const PackedOptions& options,
                                  PackedWork& work) {
  std::vector<BackendFactory> workers;
  for (int i = 0; i < options.workers; ++i) {
    workers.push_back([&classifier, options, i, &work](const SamplingPlan& plan) {
      return std::make_unique<PackedBackend>(classifier, plan, options.packing.rows,
                                             options.slowest, static_cast<std::uint32_t>(i), work);
    });
  }
  return {std::move(workers),
          {.shape = classifier.input_shape(),
           .classes = classifier.num_classes(),
           .packing = options.packing}};
}

}  // namespace certify
