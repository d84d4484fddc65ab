#pragma once

#include <cstdint>
#include <vector>

#include "core/noise/noise.h"
#include "core/sampling/backend.h"
#include "core/sampling/base_classifier.h"

namespace certify {

/// One worker on the host: a batch of noisy rows, through the network, to votes. Rows that no run
/// fills are the first run's image without noise.
class HostBackend final : public Backend {
 public:
  /// @param classifier,plan  must outlive the backend   @param rows  of every forward pass
  HostBackend(const BaseClassifier& classifier, const SamplingPlan& plan, std::int64_t rows);
  int depth() const override { return 1; }
  void submit(const RowBatch& batch) override;
  BatchResult collect() override;

 private:
  /// @return where the next run's rows begin
  float* fill(const RowRun& run, float* out) const;

  const BaseClassifier& classifier_;
  std::uint64_t seed_;
  std::int64_t rows_, size_;
  std::size_t classes_;
  NoiseGenerator noise_;
  bool keeps_scores_;
  std::vector<RowRun> runs_;
  std::vector<float> batch_, logits_;  // [rows][H][W][C], [rows][classes]
};

}  // namespace certify
