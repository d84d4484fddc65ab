#include "core/curves/certified_accuracy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/base/errors.h"
#include "core/stats/binomial/certified_accuracy_bound.h"

namespace certify {
namespace {

constexpr std::int64_t kMostSteps = 256;  // of a band
constexpr double kNoArea = -std::numeric_limits<double>::infinity();

bool is_of(Measure measure, const RadiusRow& row) {
  if (measure == Measure::kRadius) return std::isfinite(row.radius) && row.radius >= 0;
  return std::isfinite(row.radius) || (row.radius == kNoArea && row.predicted == kAbstain);
}

}  // namespace

CertifiedAccuracy::CertifiedAccuracy(const RadiusLog& log)
    : measure_(log.measure), images_(static_cast<std::int64_t>(log.rows.size())) {
  if (log.rows.empty()) throw InputError("{}: no images to draw a curve of", log.name);
  for (const RadiusRow& row : log.rows) {
    if (!is_of(measure_, row)) {
      throw InputError("{}: image {} has {} {}, expected a finite number{}", log.name, row.index,
                       measure_ == Measure::kRadius ? "radius" : "log area", row.radius,
                       measure_ == Measure::kRadius ? " >= 0" : "");
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
  if (measure_ == Measure::kRadius && sum > 0) {
    const std::int64_t top = std::min((images_ + 9) / 10, correct());
    top_tenth_share_ = std::accumulate(radii_.end() - top, radii_.end(), 0.0) / sum;
  }
}

std::int64_t CertifiedAccuracy::certified(double r) const {
  if (std::isnan(r) || (measure_ == Measure::kRadius && !(r >= 0)))
    throw InputError("radius {} of a curve: expected a number >= 0", r);
  return radii_.end() - std::lower_bound(radii_.begin(), radii_.end(), r);
}

std::vector<CurveStep> CertifiedAccuracy::steps() const {
  const double first = measure_ == Measure::kRadius ? 0 : kNoArea;
  std::vector<CurveStep> steps{{first, share(correct())}};
  for (auto it = radii_.begin(); it != radii_.end(); it = std::upper_bound(it, radii_.end(), *it)) {
    if (*it > first) steps.push_back({*it, share(radii_.end() - it)});
  }
  return steps;
}

AccuracyBand::AccuracyBand(const CertifiedAccuracy& curve, double alpha, double rho) {
  const std::int64_t images = curve.images();
  const std::int64_t apart = std::max<std::int64_t>(1, curve.correct() / kMostSteps);
  const std::vector<CurveStep> all = curve.steps();
  std::int64_t before = -1;  // certified at the last step that was taken
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::int64_t certified = curve.certified(all[i].radius);
    const bool end = i == 0 || i + 1 == all.size();
    // A step that is left out is below the one taken next, which has fewer images.
    if (!end && before - curve.certified(all[i + 1].radius) < apart) continue;
    before = certified;
    const std::int64_t good = certified_count_exact(certified, images, alpha, rho);
    steps_.push_back({all[i].radius, static_cast<double>(good) / static_cast<double>(images)});
  }
}

double AccuracyBand::at(double r) const {
  const auto step =
      std::lower_bound(steps_.begin(), steps_.end(), r,
                       [](const CurveStep& one, double radius) { return one.radius < radius; });
  return step == steps_.end() ? 0 : step->accuracy;
}

}  // namespace certify
