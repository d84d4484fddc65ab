#include "core/methods/counts/two_sided.h"

#include "core/stats/binomial/clopper_pearson.h"

namespace certify {
namespace {

constexpr std::string_view kName = "two-sided";

Certificate certify_image(const ImageSamples& samples, const MethodOptions& options) {
  const ClassUnderTest tested = select(samples, options, SelectionCost::kVerified);
  Certificate certificate = abstention(samples, options, tested, kName);
  if (tested.top == kAbstain) return certificate;
  const auto [top, runner_up] = two_bounds(tested);
  certify_from(options.noise, top, runner_up, tested, certificate);
  return certificate;
}

}  // namespace

TwoBounds two_bounds(const ClassUnderTest& tested) {
  const double half = tested.alpha / 2;
  const LowerBound top = clopper_pearson_lower(tested.n_top, tested.n, half);
  const UpperBound runner_up = clopper_pearson_upper(tested.n_runner_up, tested.n, half);
  const UpperBound rest = complement(top);
  return {top, rest.p < runner_up.p ? rest : runner_up};
}

const Method kTwoSided = {
    .name = kName,
    .source = "Cohen, Rosenfeld & Kolter (2019), theorem 1, with Clopper-Pearson and Bonferroni",
    .guarantee =
        "the smoothed classifier answers the class everywhere within the radius, because "
        "its probability is at least p_lower and every other class's at most p_upper",
    .needs = SampleNeeds::kCounts,
    .families = kDrawnFamilies,
    .certify = certify_image,
};

}  // namespace certify
