#include "core/methods/catalogue.h"

#include <fmt/format.h>

#include <string>

#include "core/base/errors.h"
#include "core/methods/cohen.h"
#include "core/methods/predict.h"
#include "core/methods/two_sided.h"

namespace certify {
namespace {

constexpr std::int64_t kLargestN = 1'000'000'000;

bool certifies_unanimity(const Method& method, const MethodOptions& options, int num_classes,
                         std::int64_t n) {
  ImageSamples samples;
  samples.estimation.votes.assign(static_cast<std::size_t>(num_classes), 0);
  samples.estimation.votes.front() = n;
  samples.selection = samples.estimation;
  return !method.certify(samples, options).abstained();
}

}  // namespace

const std::vector<const Method*>& all_methods() {
  static const std::vector<const Method*> methods = {&kCohen, &kTwoSided, &kPredict};
  return methods;
}

const Method& find_method(std::string_view name) {
  std::string known;
  for (const Method* method : all_methods()) {
    if (method->name == name) return *method;
    known += known.empty() ? "" : ", ";
    known += method->name;
  }
  throw InputError(fmt::format("no method '{}'; there are {}", name, known));
}

std::int64_t smallest_certifying_n(const Method& method, const MethodOptions& options,
                                   int num_classes) {
  std::int64_t enough = 1;
  while (!certifies_unanimity(method, options, num_classes, enough)) {
    if (enough >= kLargestN) return -1;
    enough *= 2;
  }
  std::int64_t too_few = enough / 2;
  while (enough - too_few > 1) {
    const std::int64_t middle = too_few + (enough - too_few) / 2;
    (certifies_unanimity(method, options, num_classes, middle) ? enough : too_few) = middle;
  }
  return enough;
}

}  // namespace certify
