#include "core/curves/certified_accuracy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "core/base/errors.h"

namespace certify {

namespace {

constexpr double kNoArea = -std::numeric_limits<double>::infinity();

bool is_of(Measure measure, const RadiusRow& row) {
  if (measure == Measure::kRadius) return std::isfinite(row.radius) && row.radius >= 0;
  return std::isfinite(row.radius) || (row.radius == kNoArea && row.predicted == kAbstain);
}

}  // namespace

CertifiedAccuracy::CertifiedAccuracy(const RadiusLog& log)
    : measure_(log.measure), images_(static_cast<std::int64_t>(log.rows.size())) {
  if (log.rows.empty()) throw InputError(fmt::format("{}: no images to draw a curve of", log.name));
  for (const RadiusRow& row : log.rows) {
    if (!is_of(measure_, row)) {
      throw InputError(fmt::format("{}: image {} has {} {}, expected a finite number{}", log.name,
                                   row.index, measure_ == Measure::kRadius ? "radius" : "log area",
                                   row.radius, measure_ == Measure::kRadius ? " >= 0" : ""));
    }
    if (row.predicted == kAbstain) ++abstained_;
    if (row.correct) radii_.push_back(row.radius);
  }
  std::sort(radii_.begin(), radii_.end());
  // Summed in sorted order, so that the shards of a run give the same last digit in any order.
  const double sum = std::accumulate(radii_.begin(), radii_.end(), 0.0);
  average_radius_ = measure_ == Measure::kRadius ? sum / static_cast<double>(images_)
                    : radii_.empty()             ? kNoArea
                                                 : sum / static_cast<double>(radii_.size());
}

std::int64_t CertifiedAccuracy::certified(double r) const {
  if (std::isnan(r) || (measure_ == Measure::kRadius && !(r >= 0)))
    throw InputError(fmt::format("radius {} of a curve: expected a number >= 0", r));
  return radii_.end() - std::lower_bound(radii_.begin(), radii_.end(), r);
}

std::vector<CurveStep> CertifiedAccuracy::steps() const {
  const double first = measure_ == Measure::kRadius ? 0 : kNoArea;
  std::vector<CurveStep> steps{{first, clean_accuracy()}};
  for (auto it = radii_.begin(); it != radii_.end(); it = std::upper_bound(it, radii_.end(), *it)) {
    if (*it > first) steps.push_back({*it, share(radii_.end() - it)});
  }
  return steps;
}

}  // namespace certify
