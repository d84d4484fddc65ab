#include "core/plan/certifier.h"

#include "core/methods/catalogue.h"
#include "core/methods/certify_many.h"
#include "core/plan/kept.h"
#include "core/sampling/statistics/score_keeper.h"

namespace certify {

Certifier::Certifier(const RunSettings& settings, const SigmaMap* map)
    : method_(find_method(settings.method)),
      options_(settings.method_options(map)),
      scores_(settings.scores) {}

Certificate Certifier::operator()(const ImageSamples& samples) const {
  const bool on_scores = least_scores(method_.needs) != ScoreKeeping::kNone;
  if (!on_scores || samples.logits.empty()) return certify_one(samples, method_, options_);
  ImageSamples traced = samples;
  trace_from_logits(traced, options_.selection, scores_.link, scores_.temperature);
  return certify_one(traced, method_, options_);
}

}  // namespace certify
