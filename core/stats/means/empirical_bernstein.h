#pragma once

#include <cstdint>
#include <span>

#include "core/stats/bound.h"
#include "core/stats/sequential/unit_sequence.h"

namespace certify {

/// Mean and unbiased variance of n samples.
struct Moments {
  std::int64_t n = 0;
  double mean = 0;
  double variance = 0;  ///< divided by n - 1; 0 for a single sample
};
Moments moments(std::span<const double> x);
Moments moments(std::span<const WeightedValue> x);

/// √(2 V ln(2/α) / n) + 7 ln(2/α) / (3 (n-1)), rounded up; infinite for n = 1.
/// Source: Maurer & Pontil (2009), theorem 4. The ln(1/α) that some papers print is not proven.
double empirical_bernstein_half_width(const Moments& moments, double alpha);

/// Lower bound on the mean of independent [0, 1] variables of equal mean, holding with probability
/// >= 1 - alpha, rounded down: mean - half width, and 0 where that is negative.
/// Order does not matter. @throws InputError for a sample outside [0, 1] or alpha outside (0, 1).
LowerBound empirical_bernstein_lower(std::span<const double> x, double alpha);
LowerBound empirical_bernstein_lower(std::span<const WeightedValue> x, double alpha);

}  // namespace certify
