#include "core/methods/counts/first_margin.h"

#include "core/methods/selection.h"
#include "core/stats/margins/first_margin.h"
#include "core/stats/normal.h"

namespace certify {
namespace {

constexpr std::string_view kName = "first-margin";

Certificate certify_image(const ImageSamples& samples, const MethodOptions& options) {
  const ClassUnderTest tested = select(samples, options, SelectionCost::kVerified);
  Certificate certificate = abstention(samples, options, tested, kName);
  if (tested.top == kAbstain || tested.n_top <= tested.n_runner_up) return certificate;
  const LowerBound half =
      first_margin_lower(tested.n_top - tested.n_runner_up, tested.n, tested.alpha);
  certify_from(options.noise, half, complement(half), tested, certificate);
  return certificate;
}

}  // namespace

const Method kFirstMargin = {
    .name = kName,
    .source = "Liang, section IV-B, exact; radius after Salman et al. (2019)",
    .guarantee =
        "the smoothed classifier answers the class everywhere within the radius, because "
        "its probability exceeds every other class's by at least p_lower - p_upper",
    .needs = SampleNeeds::kCounts,
    .families = kDrawnFamilies,
    .certify = certify_image,
    .bounds_margin = true,
};

}  // namespace certify
