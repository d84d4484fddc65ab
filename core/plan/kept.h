#pragma once
/// What is kept of the samples beside the votes, and for which methods that is enough.

#include <string>

#include "core/base/score_plan.h"
#include "core/methods/method.h"
#include "core/runs/settings.h"

namespace certify {

struct Kept {
  ScoreKeeping scores = ScoreKeeping::kNone;
  bool gradient = false;  ///< averages of the noise

  /// Whether a method that needs this can certify. A matrix serves methods on scores: it becomes
  /// the trace of the class under test.
  bool satisfies(SampleNeeds needs) const;
};

Kept kept_by(const RunSettings& settings);

/// The least of the scores that a method can do with.
ScoreKeeping least_scores(SampleNeeds needs);

/// Why the method cannot certify: names it, and the option that keeps what it needs. Empty where it
/// can.
std::string what_is_missing(const Kept& kept, const Method& method);

}  // namespace certify
