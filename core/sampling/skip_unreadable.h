#pragma once

#include <functional>

#include "core/base/errors.h"
#include "core/sampling/sampler.h"

namespace certify {

/// What a run keeps of an image that could not be read: as if every sample had been drawn and none
/// had finite logits. Every method abstains on it, and it stays in every denominator.
ImageSamples samples_of_unreadable(std::int64_t index, int label, int classes,
                                   const SamplingPlan& plan);

/// Another sampler, going on behind images that the source cannot read (UnreadableImage): their
/// records take their place in the order. No new kind of record, no method that has to know: such
/// an image abstains, verifies and merges as it is.
///
/// All other exceptions pass. Where the system refuses to read, a run stops, or a network share's
/// bad hour would become thousands of abstentions.
class SkipUnreadable final : public Sampler {
 public:
  /// @param classes  of the network
  /// @param report   called for each such image, from any thread, one at a time
  SkipUnreadable(Sampler& sampler, int classes, std::function<void(const UnreadableImage&)> report);
  void run(const ImageSource& images, const SamplingPlan& plan, const SamplesSink& done,
           const StopFlag& stop) override;

 private:
  Sampler& sampler_;
  int classes_;
  std::function<void(const UnreadableImage&)> report_;
};

}  // namespace certify
