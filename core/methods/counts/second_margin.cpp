#include "core/methods/counts/second_margin.h"

#include "core/methods/counts/two_sided.h"
#include "core/methods/selection.h"
#include "core/stats/margins/second_margin.h"

namespace certify {
namespace {

constexpr std::string_view kName = "second-margin";

Certificate certify_image(const ImageSamples& samples, const MethodOptions& options) {
  const ClassUnderTest tested = select(samples, options, SelectionCost::kVerified);
  const bool exact = tested.n <= kBuehlerLimit;
  Certificate certificate =
      abstention(samples, options, tested, exact ? kName : kSecondMarginByBonferroni);
  if (tested.top == kAbstain || tested.n_top <= tested.n_runner_up) return certificate;
  if (exact) {
    const double margin =
        second_margin_lower(tested.n_top, tested.n_runner_up, tested.n, tested.alpha);
    const LowerBound half = symmetric_pair(margin);
    certify_from(options.noise, half, complement(half), tested, certificate);
  } else {
    const auto [top, runner_up] = two_bounds(tested);
    certify_from(options.noise, top, runner_up, tested, certificate);
  }
  return certificate;
}

}  // namespace

const Method kSecondMargin = {
    .name = kName,
    .source = "Liang, section IV-C, as a Buehler bound with P(S >= s)",
    .guarantee =
        "the smoothed classifier answers the class everywhere within the radius, because "
        "its quantile exceeds every other class's by at least 2 radius / sigma",
    .needs = SampleNeeds::kCounts,
    .families = kNormalFamilies,
    .certify = certify_image,
    .bounds_margin = true,
};

}  // namespace certify
