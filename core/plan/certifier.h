#pragma once

#include "core/base/certificate.h"
#include "core/base/samples.h"
#include "core/methods/method.h"
#include "core/runs/settings.h"

namespace certify {

/// What a run's settings make of one image's samples.
class Certifier {
 public:
  /// @param map  of sigma, where the settings name one; must outlive this
  /// @throws InputError for a method that there is not (any more).
  explicit Certifier(const RunSettings& settings, const SigmaMap* map = nullptr);

  /// Logits that were kept (--scores matrix) become the trace that methods on scores need.
  /// @throws what the method throws
  Certificate operator()(const ImageSamples& samples) const;
  const MethodOptions& options() const { return options_; }

 private:
  const Method& method_;
  MethodOptions options_;
  ScorePlan scores_;
};

}  // namespace certify
