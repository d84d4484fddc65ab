#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/base/samples.h"
#include "core/sampling/backend.h"
#include "core/sampling/sampler.h"
#include "core/sampling/statistics/gradient_sum.h"
#include "core/sampling/statistics/score_keeper.h"

namespace certify {

/// One image on its way from the source to the sink. Its rows are the n0 selection samples, then
/// the estimation samples. They are handed out in that order, up to the next look of the stopping
/// rule, and may come back in any. Not thread-safe.
class ImageInProgress {
 public:
  /// @param plan  must outlive this
  /// @throws DataError for an index beyond 2³²
  ImageInProgress(const LabeledImage& image, int classes, const SamplingPlan& plan);
  ImageInProgress(const ImageInProgress&) = delete;  // batches point to its pixels
  ImageInProgress& operator=(const ImageInProgress&) = delete;

  /// Rows that may be handed out now.
  std::int64_t rows_ready() const { return rows_released_ - rows_taken_; }
  /// Hands out the next rows, at most `most`: one run, or two where they change phase.
  /// @pre most >= 1
  void take(std::int64_t most, std::vector<RowRun>& runs);

  /// Takes the votes of a run in.
  void count(const RowRun& run, const ClassCounts& counts);
  /// Where scores are kept.
  std::optional<ScoreKeeper>& scores() { return scores_; }
  /// Takes in what was gathered over a run that had a class under test.
  void add(const GradientSum& gradient) { gradient_->add(gradient); }
  /// One of the runs is done with: votes and scores are in.
  /// @return true when the rows up to the look are all back, and end_stage() is due
  bool run_done(const RowRun& run);

  /// Asks the stopping rule. No other call may run meanwhile.
  StopReason decide() const;
  /// Goes on to the next look, or finishes.
  void end_stage(StopReason reason);
  bool finished() const { return finished_; }

  const ImageSamples& samples() const { return samples_; }
  /// @pre finished()
  ImageSamples take_samples() { return std::move(samples_); }

 private:
  std::int64_t look_after(std::int64_t drawn) const;
  void finish();

  const SamplingPlan& plan_;
  std::vector<float> pixels_;  // HWC
  ImageSamples samples_;
  std::optional<ScoreKeeper> scores_;
  std::optional<GradientSum> gradient_;
  int tested_ = -1;        // the class whose gradient is gathered, once it is known
  std::int64_t look_ = 0;  // estimation samples at which the stage ends
  std::int64_t rows_released_ = 0, rows_taken_ = 0, rows_done_ = 0;
  bool finished_ = false;
  std::chrono::steady_clock::time_point started_;
};

}  // namespace certify
