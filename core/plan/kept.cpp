#include "core/plan/kept.h"

#include <fmt/format.h>

#include "core/base/errors.h"

namespace certify {

bool Kept::satisfies(SampleNeeds needs) const {
  return needs == SampleNeeds::kGradient ? gradient : scores >= least_scores(needs);
}

Kept kept_by(const RunSettings& settings) { return {settings.scores.keep, settings.gradient}; }

ScoreKeeping least_scores(SampleNeeds needs) {
  switch (needs) {
    case SampleNeeds::kCounts:
    case SampleNeeds::kGradient:
      return ScoreKeeping::kNone;
    case SampleNeeds::kHistogram:
      return ScoreKeeping::kHistogram;
    case SampleNeeds::kTrace:
      return ScoreKeeping::kTrace;
  }
  throw InputError("no such needs");
}

std::string what_is_missing(const Kept& kept, const Method& method) {
  if (kept.satisfies(method.needs)) return "";
  const std::string option = method.needs == SampleNeeds::kGradient
                                 ? "--gradient"
                                 : "--scores " + to_string(least_scores(method.needs));
  return fmt::format("method '{}' needs samples drawn with {}", method.name, option);
}

}  // namespace certify
