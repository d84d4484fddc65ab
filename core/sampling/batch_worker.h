#pragma once
/// One worker's share of the sampling: a batch of noisy rows of one image, through the network, to
/// votes.

#include <cstdint>
#include <span>
#include <vector>

#include "core/sampling/base_classifier.h"
#include "core/sampling/sampler.h"

namespace certify {

/// Rows first_row … of the n0 + n rows of an image: selection samples first, then estimation
/// samples.
struct BatchRequest {
  std::uint32_t image = 0;           ///< index in the data set
  const std::vector<float>* pixels;  ///< HWC; must outlive the call
  std::int64_t first_row = 0;
};

struct BatchVotes {
  ClassCounts selection, estimation;
  /// [rows][classes], valid until the next batch, and the sample that each begins with.
  std::span<const float> selection_logits, estimation_logits;
  std::int64_t first_selection_sample = 0, first_estimation_sample = 0;
};

/// HWC, the order in which noise elements are numbered and batches are laid out.
std::vector<float> to_hwc(const Image& image);

class BatchWorker {
 public:
  /// References must outlive the worker.
  BatchWorker(const BaseClassifier& classifier, const SamplingPlan& plan, std::int64_t batch);
  BatchVotes process(const BatchRequest& request);

 private:
  void fill_row(const BatchRequest& request, std::int64_t r, bool used);

  const BaseClassifier& classifier_;
  const SamplingPlan& plan_;
  std::int64_t rows_, size_;
  int classes_;
  float scale_;
  std::vector<float> batch_, logits_;
};

}  // namespace certify
