#include "core/report/tables/curve_tsv.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "core/curves/certified_accuracy.h"
#include "core/report/tables/text.h"
#include "core/report/tables/value_names.h"

namespace certify {
namespace {

std::vector<CurveStep> closed_steps(const RadiusLog& log) {
  std::vector<CurveStep> steps = CertifiedAccuracy(log).steps();
  if (steps.back().accuracy > 0 && !log.attack) {
    const double beyond =
        std::nextafter(steps.back().radius, std::numeric_limits<double>::infinity());
    steps.push_back({beyond, 0});
  }
  return steps;
}

}  // namespace

std::string curve_tsv(std::span<const RadiusLog> logs, double rho) {
  const bool with_run = logs.size() != 1;
  const bool with_bands = rho > 0 && std::any_of(logs.begin(), logs.end(), has_band);
  std::string out = fmt::format("{}{}\taccuracy{}\n", with_run ? "run\t" : "",
                                logs.empty() ? "radius" : value_column(logs.front()),
                                with_bands ? "\tat_least" + rho_suffix(rho) : "");
  for (const RadiusLog& log : logs) {
    const std::string run = with_run ? on_one_line(log.name) + "\t" : "";
    std::optional<AccuracyBand> band;
    if (with_bands && has_band(log)) band.emplace(CertifiedAccuracy(log), log.alpha, rho);
    for (const CurveStep& step : closed_steps(log)) {
      fmt::format_to(std::back_inserter(out), "{}{}\t{}", run, step.radius, step.accuracy);
      if (with_bands) out += band ? fmt::format("\t{}", band->at(step.radius)) : "\t";
      out += '\n';
    }
  }
  return out;
}

}  // namespace certify
