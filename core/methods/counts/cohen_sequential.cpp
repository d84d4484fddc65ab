#include "core/methods/counts/cohen_sequential.h"

#include <cmath>

#include "core/base/errors.h"
#include "core/methods/selection.h"
#include "core/stats/binomial/clopper_pearson.h"
#include "core/stats/sequential/sequential_test.h"

namespace certify {
namespace {

constexpr std::string_view kName = "cohen-sequential";
/// Share of alpha for stopping early, spent whatever happens. With a tenth, a radius at n = 100,000
/// is .999 of `cohen`'s or more. Rows of images that drew all n are still not rows of `cohen`: that
/// they drew all n depended on their samples.
constexpr double kEarlyShare = 0.1;

Certificate certify_image(const ImageSamples& samples, const MethodOptions& options) {
  refuse_same_samples(options);
  const ClassUnderTest tested =
      select(samples, options, SelectionCost::kMajority, Stopping::kOptional);
  const bool all_drawn = samples.stopped == StopReason::kNone;
  Certificate certificate =
      abstention(samples, options, tested, all_drawn ? kCohenSequentialAllDrawn : kName);
  if (tested.top == kAbstain) return certificate;
  const LowerBound top = all_drawn ? lower_when_all_drawn(tested.n_top, tested.n, tested.alpha)
                                   : lower_when_stopped(tested.n_top, tested.n, tested.alpha);
  certify_majority(options.noise, top, tested, certificate);
  return certificate;
}

}  // namespace

void refuse_same_samples(const MethodOptions& options) {
  if (options.selection != Selection::kSame) return;
  throw InputError(
      "cohen-sequential: a class chosen by the same samples that decide when to stop is not "
      "covered by its proof; choose it by other samples (n0) or by the label");
}

LowerBound lower_when_stopped(std::int64_t k, std::int64_t t, double alpha) {
  return sequential_lower(k, t, kEarlyShare * alpha);
}

bool rejected_when_stopped(std::int64_t k, std::int64_t t, double alpha, Proportion p0) {
  return log_e_value(k, t, p0) >= -std::log(kEarlyShare * alpha);
}

LowerBound lower_when_all_drawn(std::int64_t k, std::int64_t n, double alpha) {
  return clopper_pearson_lower(k, n, (1 - kEarlyShare) * alpha);
}

const Method kCohenSequential = {
    .name = kName,
    .source =
        "Cohen, Rosenfeld & Kolter (2019), theorem 1, with a mixture e-process (Robbins 1970; "
        "Ville 1939) and Clopper-Pearson",
    .guarantee =
        "the smoothed classifier answers the class everywhere within the radius, because its "
        "probability at the image exceeds p_lower > 1/2, however it was decided how many samples "
        "to draw",
    .needs = SampleNeeds::kCounts,
    .families = kDrawnFamilies,
    .certify = certify_image,
    .optional_stopping = true,
};

}  // namespace certify
