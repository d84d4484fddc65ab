#pragma once

#include <cstdint>
#include <functional>

#include "core/sampling/base_classifier.h"
#include "core/sampling/sampler.h"
#include "core/sampling/scheduler.h"

namespace certify {

struct HostSamplerOptions {
  int workers = 1;          ///< threads, each with its own batch buffer; changes speed only
  std::int64_t batch = 64;  ///< rows of every forward pass; can change the last bits of a logit
  /// Called from the workers after each batch with the number of samples it added.
  std::function<void(std::int64_t)> on_samples = nullptr;
};

/// Rows a forward pass should have so that the batches of one image (n0 + n rows) are equal in
/// size, at most `most`, and all but full: with at most 64, 1100 rows → 18 batches of 62, not 17 of
/// 64 and one of 12. The default is what a core is fastest at: its caches hold what a layer leaves.
///
/// Even batches waste at most one row each (1100 rows → 46 × 24), so packing rows of several images
/// would gain nothing on the host.
std::int64_t even_batch(std::int64_t rows_per_image, std::int64_t most = 24);

/// The scheduler with N workers on the host, one image a batch, and as many rows in each: a row's
/// last bits may depend on its place in its batch. So the composition of a batch depends on the
/// image alone, and counts cannot depend on workers, shards or where a run was resumed.
class HostSampler final : public Scheduler {
 public:
  /// `classifier` must outlive the sampler.   @throws InputError for options out of range
  HostSampler(const BaseClassifier& classifier, const HostSamplerOptions& options);
};

}  // namespace certify
