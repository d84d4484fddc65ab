#include "core/methods/counts/enumerated.h"

#include <cmath>

#include "core/base/errors.h"
#include "core/methods/selection.h"

namespace certify {
namespace {

constexpr std::string_view kName = "enumerated";

/// count / all, rounded towards `end`.
double share(std::int64_t count, std::int64_t all, double end) {
  if (count == 0 || count == all) return count == 0 ? 0 : 1;
  return std::nextafter(static_cast<double>(count) / static_cast<double>(all), end);
}

Certificate certify_image(const ImageSamples& samples, const MethodOptions& options) {
  const ClassCounts& counts = samples.estimation;
  const auto all_samples = options.noise.family->all_samples;
  const std::int64_t all = all_samples == nullptr ? -1 : all_samples(options.noise);
  if (counts.total() != all) {
    throw InputError("image {}: {} samples, {} are all that there are", samples.index,
                     counts.total(), all);
  }
  ClassUnderTest tested;
  tested.n = all;
  tested.top = counts.top_class();
  if (tested.top != kAbstain) {
    tested.n_top = counts.votes[static_cast<std::size_t>(tested.top)];
    tested.n_runner_up = counts.best_other(tested.top);
  }
  Certificate certificate = abstention(samples, options, tested, kName);
  certificate.p_lower = share(tested.n_top, all, 0);
  certificate.p_upper = share(tested.n_runner_up, all, 1);
  const std::int64_t lead = tested.n_top - tested.n_runner_up;
  if (lead <= 0) return certificate;
  constexpr double kBelow = 1 - 0x1p-51;  // more than the three roundings of step and products
  certificate.predicted = tested.top;
  certificate.radius = static_cast<double>(lead) / 2 * options.noise.family->step * kBelow;
  return certificate;
}

}  // namespace

const Method kEnumerated = {
    .name = kName,
    .source = "Levine & Feizi (2021), theorem 3",
    .guarantee =
        "the smoothed classifier answers the class for every image of 8 bits within the radius, "
        "because p_lower of all samples that there are answer it and p_upper another",
    .needs = SampleNeeds::kCounts,
    .families = kEnumeratedFamilies,
    .certify = certify_image,
    .certain = true,
};

}  // namespace certify
