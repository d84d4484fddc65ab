#include "core/methods/two_sided.h"

#include <algorithm>

#include "core/methods/selection.h"
#include "core/stats/clopper_pearson.h"
#include "core/stats/normal.h"

namespace certify {
namespace {

constexpr std::string_view kName = "two-sided";

Certificate certify_image(const ImageSamples& samples, const MethodOptions& options) {
  const Tested tested = select(samples, options, SelectionCost::kUnion);
  Certificate certificate = abstention(samples, options, tested, kName);
  if (tested.top == kAbstain) return certificate;
  const double half = tested.alpha / 2;
  const LowerBound top = clopper_pearson_lower(tested.n_top, tested.n, half);
  UpperBound runner_up = clopper_pearson_upper(tested.n_runner_up, tested.n, half);
  if (const UpperBound rest = complement(top); rest.p < runner_up.p) runner_up = rest;
  certificate.p_lower = top.p;
  certificate.p_upper = runner_up.p;
  const double margin = subtract_down(lower_quantile(top), upper_quantile(runner_up));
  const double radius = multiply_down(options.sigma / 2, margin);
  if (radius > 0) {
    certificate.predicted = tested.top;
    certificate.radius = radius;
  }
  return certificate;
}

}  // namespace

const Method kTwoSided = {
    .name = kName,
    .source = "Cohen, Rosenfeld & Kolter (2019), theorem 1, with Clopper-Pearson and Bonferroni",
    .guarantee =
        "the smoothed classifier answers the class everywhere within the l2 radius, because "
        "its probability is at least p_lower and every other class's at most p_upper",
    .sound = true,
    .certify = certify_image,
};

}  // namespace certify
