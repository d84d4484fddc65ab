#include "core/curves/areas.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/curves/certified_accuracy.h"
#include "core/curves/envelope.h"
#include "core/sigma_map/ellipsoid.h"

namespace certify {

RadiusLog areas_of_balls(const RadiusLog& radii, std::int64_t dimension, bool volume) {
  RadiusLog out = radii;
  out.measure = Measure::kLogArea;
  for (RadiusRow& row : out.rows) {
    if (row.radius == 0) {  // nothing but the image itself, which has no area
      row.predicted = kAbstain;
      row.correct = false;
    }
    const Ellipsoid ball = ball_of(row.radius, dimension);
    row.radius = volume ? ball.log_volume : ball.log_area;
  }
  return out;
}

RadiusLog blanket(std::span<const RadiusLog> logs, const std::string& name) {
  std::vector<RadiusLog> points(logs.begin(), logs.end());
  for (RadiusLog& log : points) {
    if (log.measure != Measure::kLogArea) {
      throw InputError(fmt::format("{}: a blanket is of areas, not of radii", log.name));
    }
    const double mean = CertifiedAccuracy(log).average_radius();
    for (RadiusRow& row : log.rows) {
      if (row.predicted != kAbstain) row.radius = mean;
    }
  }
  // Every certified image of a run at the run's mean: the envelope of such logs is the blanket.
  return upper_envelope(points, name);
}

}  // namespace certify
