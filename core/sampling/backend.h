#pragma once
/// What takes batches of noisy rows through a network: a worker on the host, or a GPU. The
/// scheduler decides which rows; a backend only how.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "core/base/samples.h"
#include "core/noise/noise_stream.h"
#include "core/sampling/sampler.h"

namespace certify {

/// Consecutive samples of one image and phase.
struct RowRun {
  std::uint32_t image = 0;                     ///< index in the whole data set
  const std::vector<float>* pixels = nullptr;  ///< HWC; lives until the batch was collected
  Phase phase = Phase::kSelection;
  std::uint32_t first_sample = 0;
  std::int32_t rows = 0;
  int tested = -1;  ///< the class whose gradient is gathered over these rows; -1 for none
};

/// Rows of one forward pass, at most as many as the backend's batch; it pads what is left.
struct RowBatch {
  std::vector<RowRun> runs;
};

struct BatchResult {
  std::vector<ClassCounts> counts;  ///< one for each run of the batch
  /// [rows][classes] in the order of the runs, valid until the next call; empty unless the plan
  /// keeps scores.
  std::span<const float> logits;
  /// One for each run that has a class under test, in their order.
  std::vector<GradientSum> gradients;
};

/// Used by one thread, the one that made it.
class Backend {
 public:
  virtual ~Backend() = default;
  /// Batches that may be submitted before the first is collected, at least 1.
  virtual int depth() const = 0;
  virtual void submit(const RowBatch& batch) = 0;
  /// Waits for the oldest batch submitted.
  virtual BatchResult collect() = 0;
};

/// Called on each worker's own thread. `plan` outlives the backend.
using BackendFactory = std::function<std::unique_ptr<Backend>(const SamplingPlan& plan)>;

}  // namespace certify
