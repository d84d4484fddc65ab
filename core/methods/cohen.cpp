#include "core/methods/cohen.h"

#include "core/methods/selection.h"
#include "core/stats/clopper_pearson.h"
#include "core/stats/normal.h"

namespace certify {
namespace {

constexpr std::string_view kName = "cohen";

Certificate certify_image(const ImageSamples& samples, const MethodOptions& options) {
  const Tested tested = select(samples, options, SelectionCost::kMajority);
  Certificate certificate = abstention(samples, options, tested, kName);
  if (tested.top == kAbstain) return certificate;
  const LowerBound top = clopper_pearson_lower(tested.n_top, tested.n, tested.alpha);
  certificate.p_lower = top.p;
  certificate.p_upper = top.q;
  const double radius = multiply_down(options.sigma, lower_quantile(top));
  if (top.p > 0.5 && radius > 0) {
    certificate.predicted = tested.top;
    certificate.radius = radius;
  }
  return certificate;
}

}  // namespace

const Method kCohen = {
    .name = kName,
    .source = "Cohen, Rosenfeld & Kolter (2019), CERTIFY and theorem 1",
    .guarantee =
        "the smoothed classifier answers the class everywhere within the l2 radius, "
        "because its probability at the image exceeds p_lower > 1/2",
    .sound = true,
    .needs = SampleNeeds::kCounts,
    .certify = certify_image,
};

}  // namespace certify
