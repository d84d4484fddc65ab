#include "core/report/tables/curve_tsv.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include <fmt/format.h>

#include "core/curves/certified_accuracy.h"
#include "core/report/tables/text.h"

namespace certify {
namespace {

/// The name as one field: a tab or newline in a file's name must not make another.
std::string field(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return name;
}

std::vector<CurveStep> closed_steps(const RadiusLog& log) {
  std::vector<CurveStep> steps = CertifiedAccuracy(log).steps();
  if (steps.back().accuracy > 0) {
    const double beyond =
        std::nextafter(steps.back().radius, std::numeric_limits<double>::infinity());
    steps.push_back({beyond, 0});
  }
  return steps;
}

}  // namespace

std::string curve_tsv(std::span<const RadiusLog> logs) {
  const bool with_run = logs.size() != 1 || logs.front().unsound;
  std::string out = with_run ? "run\tradius\taccuracy\n" : "radius\taccuracy\n";
  for (const RadiusLog& log : logs) {
    const std::string run = with_run ? field(marked_name(log)) + "\t" : "";
    for (const CurveStep& step : closed_steps(log)) {
      fmt::format_to(std::back_inserter(out), "{}{}\t{}\n", run, step.radius, step.accuracy);
    }
  }
  return out;
}

}  // namespace certify
