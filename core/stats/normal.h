#pragma once
/// The standard normal distribution, with its quantile on the safe side.

#include "core/stats/bound.h"

namespace certify {

/// Φ(x) and Φ(-x), each to full relative accuracy.
struct NormalTails {
  double below;  ///< P[Z <= x]
  double above;  ///< P[Z > x]
};
NormalTails normal_cdf(double x);

double normal_density(double x);

/// Φ⁻¹ of a proportion given with its complement (p + q = 1, the smaller of the two is used).
/// Within 1e-15 relative of the truth, either side; ±infinity at p = 1 and p = 0.
double normal_quantile(double p, double q);

/// Φ⁻¹ of a lower bound, never above the exact value; -infinity when nothing is known.
double lower_quantile(const LowerBound& bound);
/// Φ⁻¹ of an upper bound, never below the exact value; +infinity when nothing is known.
double upper_quantile(const UpperBound& bound);

/// a * b and a - b, rounded towards -infinity (by at most two units in the last place).
double multiply_down(double a, double b);
double subtract_down(double a, double b);

}  // namespace certify
