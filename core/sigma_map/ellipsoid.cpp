#include "core/sigma_map/ellipsoid.h"

#include <cmath>
#include <numbers>

#include <boost/math/special_functions/gamma.hpp>

#include "core/stats/normal.h"

namespace certify {
namespace {

/// Several times the relative error of a logarithm, or of Boost's ln Γ, and of a product with it.
constexpr double kSlack = 2e-15;

double down(double value) { return value - kSlack * std::abs(value); }

/// @param log_sum  Σ ln σ_i, rounded down
Ellipsoid of_radius(double radius, std::int64_t dimension, double log_sum) {
  Ellipsoid out;
  if (!(radius > 0)) return out;
  out.radius = radius;
  out.log_area = subtract_down(log_sum, -down(static_cast<double>(dimension) * std::log(radius)));
  out.log_volume = subtract_down(out.log_area, -log_unit_ball(dimension));
  return out;
}

}  // namespace

double log_unit_ball(std::int64_t dimension) {
  const double half = static_cast<double>(dimension) / 2;
  const double log_gamma = boost::math::lgamma(half + 1);
  return subtract_down(down(half * std::log(std::numbers::pi)),
                       log_gamma + kSlack * std::abs(log_gamma));
}

Ellipsoid ellipsoid_of(double l2_radius, const SigmaMap& map) {
  if (!(l2_radius > 0)) return {};
  const double radius = std::nextafter(l2_radius / map.smallest, 0);
  return of_radius(radius, static_cast<std::int64_t>(map.values.size()), map.log_sum);
}

Ellipsoid ball_of(double radius, std::int64_t dimension) { return of_radius(radius, dimension, 0); }

}  // namespace certify
