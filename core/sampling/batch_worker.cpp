#include "core/sampling/batch_worker.h"

#include <algorithm>
#include <cmath>

#include "core/sampling/noise.h"

namespace certify {
namespace {

/// The class a row of logits votes for: the largest, the lowest index on a tie; -1 for no vote.
int vote(const float* logits, int classes) {
  int best = 0;
  for (int k = 0; k < classes; ++k) {
    if (!std::isfinite(logits[k])) return -1;
    if (logits[k] > logits[best]) best = k;
  }
  return best;
}

void count(ClassCounts& counts, int voted) {
  if (voted < 0) {
    ++counts.invalid;
  } else {
    ++counts.votes[static_cast<std::size_t>(voted)];
  }
}

}  // namespace

std::vector<float> to_hwc(const Image& image) {
  const auto channels = static_cast<std::size_t>(image.shape.channels);
  const std::size_t area = image.pixels.size() / channels;
  std::vector<float> out(image.pixels.size());
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < area; ++i) out[i * channels + c] = image.pixels[c * area + i];
  }
  return out;
}

BatchWorker::BatchWorker(const BaseClassifier& classifier, const SamplingPlan& plan,
                         std::int64_t batch)
    : classifier_(classifier),
      plan_(plan),
      rows_(batch),
      size_(classifier.input_shape().size()),
      classes_(classifier.num_classes()),
      scale_(noise_scale(plan.sigma)),
      batch_(static_cast<std::size_t>(batch * size_)),
      logits_(static_cast<std::size_t>(batch * classes_)) {}

BatchVotes BatchWorker::process(const BatchRequest& request) {
  const std::int64_t used = std::min(rows_, plan_.n0 + plan_.n - request.first_row);
  for (std::int64_t r = 0; r < rows_; ++r) fill_row(request, r, r < used);
  classifier_.logits(batch_.data(), rows_, logits_.data());
  const auto m = static_cast<std::size_t>(classes_);
  BatchVotes votes;
  votes.selection.votes.resize(m);
  votes.estimation.votes.resize(m);
  for (std::int64_t r = 0; r < used; ++r) {
    const bool selecting = request.first_row + r < plan_.n0;
    count(selecting ? votes.selection : votes.estimation,
          vote(&logits_[static_cast<std::size_t>(r) * m], classes_));
  }
  const std::int64_t selecting = std::clamp<std::int64_t>(plan_.n0 - request.first_row, 0, used);
  votes.first_selection_sample = request.first_row;
  votes.selection_logits =
      std::span<const float>(logits_).subspan(0, static_cast<std::size_t>(selecting) * m);
  votes.first_estimation_sample = request.first_row + selecting - plan_.n0;
  votes.estimation_logits = std::span<const float>(logits_).subspan(
      static_cast<std::size_t>(selecting) * m, static_cast<std::size_t>(used - selecting) * m);
  return votes;
}

/// Row r of the batch: x + noise, or x alone where the image has no more samples to fill it.
void BatchWorker::fill_row(const BatchRequest& request, std::int64_t r, bool used) {
  float* out = batch_.data() + r * size_;
  if (!used) {
    std::copy(request.pixels->begin(), request.pixels->end(), out);
    return;
  }
  const std::int64_t row = request.first_row + r;
  const bool selecting = row < plan_.n0;
  const NoiseStream stream{plan_.seed, request.image,
                           selecting ? Phase::kSelection : Phase::kEstimation};
  const std::int64_t sample = selecting ? row : row - plan_.n0;
  add_noise(request.pixels->data(), out, size_, scale_, stream, static_cast<std::uint32_t>(sample));
}

}  // namespace certify
