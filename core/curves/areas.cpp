#include "core/curves/areas.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "core/base/errors.h"
#include "core/curves/certified_accuracy.h"
#include "core/sigma_map/ellipsoid.h"

namespace certify {

RadiusLog areas_of_balls(const RadiusLog& radii, std::int64_t dimension, bool volume) {
  if (!has_radii_in(radii, "l2")) {
    throw InputError("{}: its radii are not ℓ2, and areas are those of ℓ2 balls", radii.name);
  }
  RadiusLog out = radii;
  out.measure = Measure::kLogArea;
  out.column = volume ? "log_volume" : "log_area";
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

RadiusLog upper_envelope(std::span<const RadiusLog> logs, const std::string& name) {
  if (logs.empty()) throw InputError("an envelope of no logs");
  const RadiusLog& first = logs.front();
  RadiusLog out{.name = name,
                .measure = first.measure,
                .column = first.column,
                .norm = first.norm,
                .unit = first.unit,
                .of_images = false};
  std::vector<double> largest;  // the j-th largest radius of any of them
  for (const RadiusLog& log : logs) {
    if (log.rows.size() != first.rows.size()) {
      throw InputError("an envelope needs logs of equally many images: {} has {}, {} {}",
                       first.name, first.rows.size(), log.name, log.rows.size());
    }
    if (log.measure != out.measure) throw InputError("an envelope of radii and areas");
    std::vector<double> radii;
    for (const RadiusRow& row : log.rows) {
      if (row.correct) radii.push_back(row.radius);
    }
    std::ranges::sort(radii, std::greater<>());
    largest.resize(std::max(largest.size(), radii.size()), Ellipsoid::kNothing);
    for (std::size_t j = 0; j < radii.size(); ++j) largest[j] = std::max(largest[j], radii[j]);
  }
  const double nothing = out.measure == Measure::kRadius ? 0 : Ellipsoid::kNothing;
  for (std::size_t j = 0; j < first.rows.size(); ++j) {
    const bool correct = j < largest.size();
    out.rows.push_back({.index = static_cast<std::int64_t>(j),
                        .label = 0,
                        .predicted = correct ? 0 : kAbstain,
                        .radius = correct ? largest[j] : nothing,
                        .correct = correct});
  }
  return out;
}

RadiusLog blanket(std::span<const RadiusLog> logs, const std::string& name) {
  std::vector<RadiusLog> points(logs.begin(), logs.end());
  for (RadiusLog& log : points) {
    if (log.measure != Measure::kLogArea) {
      throw InputError("{}: a blanket is of areas, not of radii", log.name);
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
