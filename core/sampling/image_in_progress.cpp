#include "core/sampling/image_in_progress.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "core/base/errors.h"

namespace certify {

using Clock = std::chrono::steady_clock;

ImageInProgress::ImageInProgress(const LabeledImage& image, int classes, const SamplingPlan& plan)
    : plan_(plan), pixels_(to_hwc(image.image)), started_(Clock::now()) {
  if (image.index < 0 || image.index > std::numeric_limits<std::uint32_t>::max()) {
    throw DataError("image index {} is out of range", image.index);
  }
  samples_.index = image.index;
  samples_.label = image.label;
  samples_.selection.votes.resize(static_cast<std::size_t>(classes));
  samples_.estimation.votes.resize(static_cast<std::size_t>(classes));
  if (plan.scores.keep != ScoreKeeping::kNone) {
    scores_.emplace(plan.scores, classes, plan.n0, plan.n);
    if (plan.n0 == 0) scores_->choose(samples_.selection, image.label);
  }
  look_ = look_after(0);
  rows_released_ = plan.n0 + look_;
  if (plan.gradient == nullptr) return;
  gradient_.emplace(image.image.shape.size());
  if (plan.gradient->of_label) {
    tested_ = image.label;
  } else {
    rows_released_ = plan.n0;  // they choose the class first
  }
}

std::int64_t ImageInProgress::look_after(std::int64_t drawn) const {
  if (plan_.stopping == nullptr) return plan_.n;
  const std::int64_t look = plan_.stopping->next_look(drawn);
  if (look <= drawn || look > plan_.n) {
    throw std::logic_error(
        fmt::format("a stopping rule looks at {} after {} of {} samples", look, drawn, plan_.n));
  }
  return look;
}

void ImageInProgress::take(std::int64_t most, std::vector<RowRun>& runs) {
  const std::int64_t end = std::min(rows_taken_ + most, rows_released_);
  while (rows_taken_ < end) {
    const bool selecting = rows_taken_ < plan_.n0;
    const std::int64_t phase_begin = selecting ? 0 : plan_.n0;
    const std::int64_t rows = (selecting ? std::min(end, plan_.n0) : end) - rows_taken_;
    runs.push_back({.image = static_cast<std::uint32_t>(samples_.index),
                    .pixels = &pixels_,
                    .phase = selecting ? Phase::kSelection : Phase::kEstimation,
                    .first_sample = static_cast<std::uint32_t>(rows_taken_ - phase_begin),
                    .rows = static_cast<std::int32_t>(rows),
                    .tested = selecting ? -1 : tested_});
    rows_taken_ += rows;
  }
}

void ImageInProgress::count(const RowRun& run, const ClassCounts& counts) {
  ClassCounts& sum = run.phase == Phase::kSelection ? samples_.selection : samples_.estimation;
  if (counts.votes.size() != sum.votes.size() || counts.total() != run.rows) {
    throw std::logic_error(fmt::format("a backend counted {} votes of {} classes for {} rows",
                                       counts.total(), counts.num_classes(), run.rows));
  }
  for (std::size_t k = 0; k < sum.votes.size(); ++k) sum.votes[k] += counts.votes[k];
  sum.invalid += counts.invalid;
}

bool ImageInProgress::run_done(const RowRun& run) {
  rows_done_ += run.rows;
  return rows_done_ == rows_released_;
}

StopReason ImageInProgress::decide() const {
  return look_ < plan_.n ? plan_.stopping->decide(samples_) : StopReason::kNone;
}

void ImageInProgress::end_stage(StopReason reason) {
  if (gradient_ && tested_ < 0) {
    tested_ = std::max(0, samples_.selection.top_class());  // without any vote all methods abstain
    rows_released_ = plan_.n0 + look_;
    return;
  }
  samples_.stopped = reason;
  if (look_ == plan_.n || reason != StopReason::kNone) {
    finish();
  } else {
    look_ = look_after(look_);
    rows_released_ = plan_.n0 + look_;
  }
}

/// Nothing but the samples is needed until the image's turn at the sink comes.
void ImageInProgress::finish() {
  if (scores_) scores_->move_into(samples_);
  scores_.reset();
  if (gradient_) {
    samples_.gradient = gradient_->statistics(tested_, plan_.gradient->subspaces);
    if (plan_.gradient->keep_mean) samples_.gradient.mean = gradient_->mean();
  }
  gradient_.reset();
  pixels_ = {};
  // Whole microseconds, as files have them: a row that is made again is then the same row.
  using Microseconds = std::chrono::microseconds;
  const auto taken = std::chrono::duration_cast<Microseconds>(Clock::now() - started_);
  samples_.seconds = static_cast<double>(taken.count()) / 1e6;
  finished_ = true;
}

}  // namespace certify
