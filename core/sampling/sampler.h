#pragma once
/// The seam between what costs GPU-days and what costs microseconds.

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>

#include "core/base/image.h"
#include "core/base/samples.h"
#include "core/base/score_plan.h"
#include "core/base/stopping_rule.h"
#include "core/noise/noise.h"
#include "core/sampling/statistics/gradient_sum.h"

namespace certify {

/// What to draw of each image.
struct SamplingPlan {
  std::int64_t n0 = 100;    ///< selection samples; 0 for none
  std::int64_t n = 100000;  ///< estimation samples
  Noise noise = {};         ///< with what it points to, must outlive the run
  std::uint64_t seed = 0;
  ScorePlan scores = {};
  const StoppingRule* stopping = nullptr;  ///< none: all n are drawn; must outlive the run
  const GradientPlan* gradient = nullptr;  ///< none: no averages of the noise; must outlive the run
};

/// The next image to sample; nothing at the end. Called from one thread at a time.
using ImageSource = std::function<std::optional<LabeledImage>()>;
/// Receives each image's finished samples, in the order of the source, on the thread that called
/// run().
using SamplesSink = std::function<void(ImageSamples)>;
/// Set it, from a signal handler too, and run() returns as soon as it can.
using StopFlag = std::atomic<bool>;

/// Draws what the plan asks for of f(x + noise). Noise depends only on (seed, image index, phase,
/// sample index, pixel): not on batch, worker, shard, order or device. When `stop` is set, finished
/// images still reach the sink and unfinished ones are dropped whole.
class Sampler {
 public:
  virtual ~Sampler() = default;
  /// @throws whatever the source or the sink throws; InputError for a plan out of range.
  virtual void run(const ImageSource& images, const SamplingPlan& plan, const SamplesSink& done,
                   const StopFlag& stop) = 0;
};

}  // namespace certify
