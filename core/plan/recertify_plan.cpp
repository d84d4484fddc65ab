#include "core/plan/recertify_plan.h"

#include <cmath>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/methods/catalogue.h"
#include "core/methods/counts/cohen.h"
#include "core/methods/counts/cohen_sequential.h"
#include "core/methods/counts/enumerated.h"

namespace certify {
namespace {

void check_sigma(const RecertifyOptions& o, const StoredFacts& stored) {
  const bool map = stored.noise.map != nullptr;
  if (!o.sigma || (!map && *o.sigma == stored.noise.sigma)) return;
  throw InputError("--sigma {}: the samples of {} were drawn with {}", *o.sigma, stored.name,
                   map ? "a map of sigma" : fmt::format("sigma {}", stored.noise.sigma));
}

void check_numbers(const RecertifyOptions& o, const StoredFacts& stored) {
  if (!(o.lipschitz >= 0 && std::isfinite(o.lipschitz))) {
    throw InputError("--lipschitz {}: must be a number >= 0", o.lipschitz);
  }
  if (!(o.temperature >= 0 && std::isfinite(o.temperature))) {
    throw InputError("--temperature {}: must be a positive number", o.temperature);
  }
  if ((!o.score_link.empty() || o.temperature > 0) && stored.scores.keep != ScoreKeeping::kMatrix) {
    throw InputError("--temperature and --score-link need the logits of --scores matrix");
  }
}

/// Whether the samples can be cut to the first n, or n votes of them drawn.
void check_n(const RecertifyOptions& o, const StoredFacts& stored, const Method& method) {
  if (o.n < 0) throw InputError("--n {}: must be at least 1", o.n);
  if (o.n == 0) return;
  if (stored.n_if_stopped > 0) {
    throw InputError(
        "--n {}: the samples of {} decided how many of them were drawn (--stop-at), so some of "
        "them are not a sample of that size",
        o.n, stored.name);
  }
  if (method.needs == SampleNeeds::kGradient) {
    throw InputError("{}: averages of the noise are of all n samples", method.name);
  }
  if (method.needs != SampleNeeds::kCounts && stored.scores.keep == ScoreKeeping::kHistogram) {
    throw InputError(
        "{}: --n takes the first scores in the order drawn, and a histogram has no "
        "order; sample with --scores trace",
        method.name);
  }
}

}  // namespace

RecertifyPlan resolve(const RecertifyOptions& o, const StoredFacts& stored) {
  check_sigma(o, stored);
  check_numbers(o, stored);
  const bool stopped = stored.n_if_stopped > 0;
  RecertifyPlan plan;
  for (const std::string& name : o.methods) plan.methods.push_back(&find_method(name));
  if (plan.methods.empty()) {
    const bool counted = stored.noise.family->all_samples != nullptr;
    plan.methods.push_back(stopped ? &kCohenSequential : counted ? &kEnumerated : &kCohen);
  }
  for (const Method* method : plan.methods) {
    if (stopped) require_optional_stopping(*method);
    if (o.alpha && method->certain) {
      throw InputError("--alpha {}: method '{}' leaves nothing to chance", *o.alpha, method->name);
    }
    check_n(o, stored, *method);
    const auto missing = what_is_missing({stored.scores.keep, stored.gradient}, *method);
    if (!missing.empty()) throw DataError("{}: {}", stored.name, missing);
  }
  plan.options.noise = stored.noise;
  plan.options.noise_alpha = stored.noise_alpha;
  plan.options.alpha = o.alpha.value_or(stored.alpha);
  plan.options.selection = o.select.empty() ? stored.select : parse_selection(o.select);
  plan.options.lipschitz = o.lipschitz;
  plan.link = o.score_link.empty() ? stored.scores.link : parse_score_link(o.score_link);
  plan.temperature = o.temperature > 0 ? o.temperature : stored.scores.temperature;
  plan.n = o.n;
  plan.seed = o.seed;
  plan.draws_votes = o.n > 0 && stored.scores.keep != ScoreKeeping::kMatrix;
  return plan;
}

}  // namespace certify
