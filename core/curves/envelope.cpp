#include "core/curves/envelope.h"

#include <algorithm>
#include <functional>
#include <limits>

#include <fmt/format.h>

#include "core/base/errors.h"

namespace certify {
namespace {

constexpr double kLeast = -std::numeric_limits<double>::infinity();

/// Of the images that are answered correctly, falling.
std::vector<double> correct_radii(const RadiusLog& log) {
  std::vector<double> radii;
  for (const RadiusRow& row : log.rows) {
    if (row.correct) radii.push_back(row.radius);
  }
  std::sort(radii.begin(), radii.end(), std::greater<>());
  return radii;
}

}  // namespace

RadiusLog upper_envelope(std::span<const RadiusLog> logs, const std::string& name) {
  if (logs.empty()) throw InputError("an envelope of no logs");
  RadiusLog out{.name = name, .measure = logs.front().measure};
  std::vector<double> largest;  // the j-th largest radius of any of them
  for (const RadiusLog& log : logs) {
    if (log.rows.size() != logs.front().rows.size()) {
      throw InputError(
          fmt::format("an envelope needs logs of equally many images: {} has {}, {} {}",
                      logs.front().name, logs.front().rows.size(), log.name, log.rows.size()));
    }
    const std::vector<double> radii = correct_radii(log);
    if (log.measure != out.measure) throw InputError("an envelope of radii and areas");
    largest.resize(std::max(largest.size(), radii.size()), kLeast);
    for (std::size_t j = 0; j < radii.size(); ++j) largest[j] = std::max(largest[j], radii[j]);
  }
  const double nothing = out.measure == Measure::kRadius ? 0 : kLeast;
  for (std::size_t j = 0; j < logs.front().rows.size(); ++j) {
    const bool correct = j < largest.size();
    out.rows.push_back({.index = static_cast<std::int64_t>(j),
                        .label = 0,
                        .predicted = correct ? 0 : kAbstain,
                        .radius = correct ? largest[j] : nothing,
                        .correct = correct});
  }
  return out;
}

}  // namespace certify
