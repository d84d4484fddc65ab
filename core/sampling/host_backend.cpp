#include "core/sampling/host_backend.h"

#include <algorithm>
#include <stdexcept>

namespace certify {

HostBackend::HostBackend(const BaseClassifier& classifier, const SamplingPlan& plan,
                         std::int64_t rows)
    : classifier_(classifier),
      seed_(plan.seed),
      rows_(rows),
      size_(classifier.input_shape().size()),
      classes_(static_cast<std::size_t>(classifier.num_classes())),
      noise_(plan.noise),
      keeps_scores_(plan.scores.keep != ScoreKeeping::kNone),
      batch_(static_cast<std::size_t>(rows * size_)),
      logits_(static_cast<std::size_t>(rows) * classes_) {}

void HostBackend::submit(const RowBatch& batch) {
  runs_ = batch.runs;
  std::int64_t used = 0;
  for (const RowRun& run : runs_) used += run.rows;
  if (used < 1 || used > rows_) {
    throw std::invalid_argument("a batch without rows, or with more than fit");
  }
  float* out = batch_.data();
  for (const RowRun& run : runs_) out = fill(run, out);
  const std::vector<float>& pixels = *runs_.front().pixels;
  for (std::int64_t r = used; r < rows_; ++r) out = std::copy(pixels.begin(), pixels.end(), out);
}

BatchResult HostBackend::collect() {
  classifier_.logits(batch_.data(), rows_, logits_.data());
  BatchResult result;
  std::size_t used = 0;
  for (const RowRun& run : runs_) {
    const std::size_t count_of_run = static_cast<std::size_t>(run.rows) * classes_;
    const auto voted =
        row_votes(std::span<const float>(logits_).subspan(used, count_of_run), classes_);
    result.counts.push_back(count_votes(voted, classes_));
    if (run.tested >= 0) {
      result.gradients.emplace_back(size_).add(noise_, {seed_, run.image, run.phase},
                                               run.first_sample, voted, run.tested);
    }
    used += count_of_run;
  }
  if (keeps_scores_) result.logits = std::span<const float>(logits_).first(used);
  return result;
}

float* HostBackend::fill(const RowRun& run, float* out) const {
  const NoiseStream stream{seed_, run.image, run.phase};
  for (std::int32_t i = 0; i < run.rows; ++i, out += size_) {
    const std::uint32_t sample = run.first_sample + static_cast<std::uint32_t>(i);
    noise_.add(run.pixels->data(), out, size_, stream, sample);
  }
  return out;
}

}  // namespace certify
