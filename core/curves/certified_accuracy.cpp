#include "core/curves/certified_accuracy.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "core/base/errors.h"

namespace certify {

CertifiedAccuracy::CertifiedAccuracy(const RadiusLog& log)
    : images_(static_cast<std::int64_t>(log.rows.size())) {
  if (log.rows.empty()) throw InputError(fmt::format("{}: no images to draw a curve of", log.name));
  for (const RadiusRow& row : log.rows) {
    if (!(std::isfinite(row.radius) && row.radius >= 0)) {
      throw InputError(fmt::format("{}: image {} has radius {}, expected a finite number >= 0",
                                   log.name, row.index, row.radius));
    }
    if (row.predicted == kAbstain) ++abstained_;
    if (row.correct) radii_.push_back(row.radius);
  }
  std::sort(radii_.begin(), radii_.end());
  // Summed in sorted order, so that the shards of a run give the same last digit in any order.
  average_radius_ =
      std::accumulate(radii_.begin(), radii_.end(), 0.0) / static_cast<double>(images_);
}

std::int64_t CertifiedAccuracy::certified(double r) const {
  if (!(r >= 0)) throw InputError(fmt::format("radius {} of a curve: expected a number >= 0", r));
  return radii_.end() - std::lower_bound(radii_.begin(), radii_.end(), r);
}

std::vector<CurveStep> CertifiedAccuracy::steps() const {
  std::vector<CurveStep> steps{{0, clean_accuracy()}};
  for (auto it = radii_.begin(); it != radii_.end(); it = std::upper_bound(it, radii_.end(), *it)) {
    if (*it > 0) steps.push_back({*it, share(radii_.end() - it)});
  }
  return steps;
}

}  // namespace certify
