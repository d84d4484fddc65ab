#include "core/curves/accuracy_band.h"

#include <algorithm>

#include "core/stats/binomial/certified_accuracy_bound.h"

namespace certify {
namespace {

constexpr std::int64_t kMostSteps = 256;

}  // namespace

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
