#include "core/methods/predict.h"

#include "core/methods/selection.h"
#include "core/stats/binomial/binomial_test.h"

namespace certify {
namespace {

constexpr std::string_view kName = "predict";

Certificate certify_image(const ImageSamples& samples, const MethodOptions& options) {
  MethodOptions by_votes = options;
  by_votes.selection = Selection::kSame;
  const ClassUnderTest tested = select(samples, by_votes, SelectionCost::kMajority);
  Certificate certificate = abstention(samples, options, tested, kName);
  // Invalid samples may outnumber every class: then there is no winner to verify.
  if (tested.top == kAbstain || tested.n_runner_up > tested.n_top) return certificate;
  if (top_is_most_likely(tested.n_top, tested.n_runner_up, options.alpha)) {
    certificate.predicted = tested.top;
  }
  return certificate;
}

}  // namespace

const Method kPredict = {
    .name = kName,
    .source = "Cohen, Rosenfeld & Kolter (2019), PREDICT; Hung & Fithian (2019)",
    .guarantee = "the smoothed classifier answers the class at the image itself; no radius",
    .needs = SampleNeeds::kCounts,
    .families = kDrawnFamilies,
    .certify = certify_image,
};

}  // namespace certify
