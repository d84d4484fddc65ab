#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/base/image.h"
#include "core/sampling/backend.h"
#include "core/sampling/sampler.h"

namespace certify {

/// Which rows share a batch. With one image a batch, the composition of every batch depends on the
/// image alone, and so do counts even where a classifier's last bits depend on a row's place. With
/// more, n0 = 100 or an early look fills a GPU, but counts depend on the image alone only where
/// logits do not depend on place.
struct Packing {
  std::int64_t rows = 64;  ///< of every forward pass; can change the last bits of a logit
  int most_images = 1;     ///< that may share a batch
};

struct SchedulerOptions {
  ImageShape shape;  ///< of every image
  int classes = 0;
  Packing packing = {};
  /// Called from the workers after each batch with the number of samples it added.
  std::function<void(std::int64_t)> on_samples = nullptr;
};

/// Decides which rows are sampled when, and lets workers take them through their backends. An image
/// that waits for its stopping rule holds nothing up: other images are sampled meanwhile.
///
/// Images in memory: in all, as many as twice fill the batches that the backends hold at once, and
/// 4 more; with a stopping rule, counts alone of up to 4096 that wait for an earlier one.
class Scheduler : public Sampler {
 public:
  /// @param workers  one for each worker thread, called on that thread by each run
  /// @throws InputError without a worker or for a packing out of range
  Scheduler(std::vector<BackendFactory> workers, SchedulerOptions options);

  /// An image that the source fails to give ends the run after those before it; a failure of the
  /// sink or of a backend ends it at once. What was finished by then reaches the sink, unless that
  /// is what failed.
  /// @throws whatever the source, the sink or a backend throws; DataError for an image of another
  /// shape; InputError for a plan out of range, or one with both scores and a stopping rule.
  void run(const ImageSource& images, const SamplingPlan& plan, const SamplesSink& done,
           const StopFlag& stop) override;

 private:
  std::vector<BackendFactory> workers_;
  SchedulerOptions options_;
};

}  // namespace certify
