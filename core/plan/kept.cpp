#include "core/plan/kept.h"

#include <fmt/format.h>

namespace certify {

bool Kept::satisfies(SampleNeeds needs) const {
  return needs == SampleNeeds::kGradient ? gradient : scores >= least_scores(needs);
}

Kept kept_by(const RunSettings& settings) { return {settings.scores.keep, settings.gradient}; }

ScoreKeeping least_scores(SampleNeeds needs) {
  return needs == SampleNeeds::kHistogram ? ScoreKeeping::kHistogram
         : needs == SampleNeeds::kTrace   ? ScoreKeeping::kTrace
                                          : ScoreKeeping::kNone;
}

std::string what_is_missing(const Kept& kept, const Method& method) {
  if (kept.satisfies(method.needs)) return "";
  const std::string option = method.needs == SampleNeeds::kGradient
                                 ? "--gradient"
                                 : "--scores " + to_string(least_scores(method.needs));
  return fmt::format("method '{}' needs samples drawn with {}", method.name, option);
}

}  // namespace certify
