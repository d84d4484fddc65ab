#include "core/methods/counts/cohen.h"

#include "core/methods/selection.h"
#include "core/stats/binomial/clopper_pearson.h"

namespace certify {
namespace {

constexpr std::string_view kName = "cohen";

Certificate certify_image(const ImageSamples& samples, const MethodOptions& options) {
  const ClassUnderTest tested = select(samples, options, SelectionCost::kMajority);
  Certificate certificate = abstention(samples, options, tested, kName);
  if (tested.top == kAbstain) return certificate;
  certify_majority(options.noise, clopper_pearson_lower(tested.n_top, tested.n, tested.alpha),
                   tested, certificate);
  return certificate;
}

}  // namespace

const Method kCohen = {
    .name = kName,
    .source = "Cohen, Rosenfeld & Kolter (2019), CERTIFY and theorem 1",
    .guarantee =
        "the smoothed classifier answers the class everywhere within the radius, "
        "because its probability at the image exceeds p_lower > 1/2",
    .needs = SampleNeeds::kCounts,
    .families = kDrawnFamilies,
    .certify = certify_image,
};

}  // namespace certify
