#include "core/methods/catalogue.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "core/base/errors.h"
#include "core/base/nearest.h"
#include "core/methods/counts/cohen.h"
#include "core/methods/counts/cohen_sequential.h"
#include "core/methods/counts/enumerated.h"
#include "core/methods/counts/first_margin.h"
#include "core/methods/counts/second_margin.h"
#include "core/methods/counts/two_sided.h"
#include "core/methods/first_order.h"
#include "core/methods/predict.h"
#include "core/methods/scores/prior_bounds.h"
#include "core/methods/scores/soft_margin.h"
#include "core/stats/monotone_root.h"

namespace certify {
namespace {

/// As many samples as anyone takes; scores are held in memory, so fewer of those.
std::int64_t largest_n(const Method& method) {
  const bool one_by_one =
      method.needs == SampleNeeds::kTrace || method.needs == SampleNeeds::kHistogram;
  return !one_by_one ? 1'000'000'000 : 1'000'000;
}

bool certifies_unanimity(const Method& method, const MethodOptions& options, int num_classes,
                         std::int64_t n) {
  if (const auto all_samples = options.noise.family->all_samples) {
    const std::int64_t all = all_samples(options.noise);
    if (n < all) return false;
    n = all;
  }
  ImageSamples samples;
  samples.estimation.votes.assign(static_cast<std::size_t>(num_classes), 0);
  samples.estimation.votes.front() = n;
  samples.selection = samples.estimation;
  if (method.needs == SampleNeeds::kGradient) {
    samples.gradient = {.tested = 0, .n1 = 1, .n2 = 1, .dimension = 1, .subspaces = {}};
  } else if (method.needs != SampleNeeds::kCounts) {
    samples.trace.tested = 0;
    samples.trace.selection_means = {1, 0};
    for (std::int64_t i = 0; i < n; ++i) {
      samples.trace.values.insert(samples.trace.values.end(), {1.0F, 0.0F});
    }
  }
  return !method.certify(samples, options).abstained();
}

}  // namespace

const std::vector<const Method*>& all_methods() {
  static const std::vector<const Method*> methods = [] {
    std::vector<const Method*> all = {
        &kCohen,   &kTwoSided, &kFirstMargin, &kSecondMargin,    &kPredict,   &kCohenSequential,
        &kLecuyer, &kLi,       &kFirstOrder,  &kFirstOrderTight, &kEnumerated};
    for (const Method& method : soft_methods()) all.push_back(&method);
    return all;
  }();
  return methods;
}

const Method& find_method(std::string_view name) {
  std::vector<std::string_view> known;
  for (const Method* method : all_methods()) {
    if (method->name == name) return *method;
    known.push_back(method->name);
  }
  if (const std::string near = nearest(name, known); !near.empty()) {
    throw InputError("no method '{}', perhaps {}; `certify methods` lists them", name, near);
  }
  throw InputError("no method '{}'; there are {}", name, fmt::join(known, ", "));
}

void require_optional_stopping(const Method& method) {
  if (method.optional_stopping) return;
  throw InputError(
      "method '{}': optional stopping (--stop-at) makes it invalid, for images that "
      "drew all n too, because that depended on their samples; use {}",
      method.name, kCohenSequential.name);
}

void require_family(const Method& method, const NoiseFamily& family) {
  if (std::ranges::find(method.families, &family) != method.families.end()) return;
  std::vector<std::string_view> proven;
  for (const NoiseFamily* one : method.families) proven.push_back(one->name);
  throw InputError("method '{}' is not proven for {} noise; it is for {}", method.name, family.name,
                   fmt::join(proven, ", "));
}

std::int64_t smallest_certifying_n(const Method& method, const MethodOptions& options,
                                   int num_classes) {
  const MethodOptions left = after_noise(options);
  std::int64_t enough = 1;
  while (!certifies_unanimity(method, left, num_classes, enough)) {
    if (enough >= largest_n(method)) return -1;
    enough *= 2;
  }
  return least_that(enough / 2, enough, [&](std::int64_t n) {
    return certifies_unanimity(method, left, num_classes, n);
  });
}

}  // namespace certify
