#pragma once

#include <cstdint>

#include "core/base/samples.h"

namespace certify {

/// Says when an image needs no more samples: from its counts alone, so that the answer cannot
/// depend on batches, workers or luck with time. So rows beyond a look are not drawn before the
/// rule has decided there. Called from several threads at once.
class StoppingRule {
 public:
  virtual ~StoppingRule() = default;
  /// The number of estimation samples at which to look next: above `drawn`, at most n.
  virtual std::int64_t next_look(std::int64_t drawn) const = 0;
  /// Asked once at each look before n.
  /// @param samples  all selection samples, and the estimation samples 0 … next_look - 1
  /// @return kNone to go on
  virtual StopReason decide(const ImageSamples& samples) const = 0;
};

}  // namespace certify
