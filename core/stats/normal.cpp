#include "core/stats/normal.h"

#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <limits>
#include <numbers>

namespace certify {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Several times the error of normal_quantile that was measured against mpmath.
constexpr double kQuantileSlack = 4e-15;

/// Quantile of a tail of at most 1/2: the z > 0 with P[Z > z] = tail.
double upper_point(double tail) {
  if (tail <= 0) return kInfinity;
  return std::numbers::sqrt2 * boost::math::erfc_inv(2 * tail);
}

}  // namespace

NormalTails normal_cdf(double x) {
  return {0.5 * std::erfc(-x / std::numbers::sqrt2), 0.5 * std::erfc(x / std::numbers::sqrt2)};
}

double normal_density(double x) {
  return std::exp(-0.5 * x * x) * (std::numbers::inv_sqrtpi / std::numbers::sqrt2);
}

double normal_quantile(double p, double q) { return q <= p ? upper_point(q) : -upper_point(p); }

double lower_quantile(const LowerBound& bound) {
  const double z = normal_quantile(bound.p, bound.q);
  return z > 0 ? z * (1 - kQuantileSlack) : z * (1 + kQuantileSlack);
}

double upper_quantile(const UpperBound& bound) {
  const double z = normal_quantile(bound.p, bound.q);
  return z > 0 ? z * (1 + kQuantileSlack) : z * (1 - kQuantileSlack);
}

double multiply_down(double a, double b) { return std::nextafter(a * b, -kInfinity); }
double subtract_down(double a, double b) { return std::nextafter(a - b, -kInfinity); }

}  // namespace certify
