#pragma once

#include <cstdint>
#include <span>

#include "core/stats/bound.h"
#include "core/stats/sequential/unit_sequence.h"

namespace certify {

/// Lower bound on the mean of independent [0, 1] variables of equal mean, holding with probability
/// >= 1 - alpha, rounded down: mean - √(2 V ln(2/α) / n) - 7 ln(2/α) / (3 (n-1)), V the unbiased
/// variance, and 0 where that is negative or n = 1. Order does not matter.
/// Source: Maurer & Pontil (2009), theorem 4. The ln(1/α) that some papers print is not proven.
/// @throws InputError for a sample outside [0, 1] or alpha outside (0, 1).
LowerBound empirical_bernstein_lower(std::span<const double> x, double alpha);
LowerBound empirical_bernstein_lower(std::span<const WeightedValue> x, double alpha);

/// What of the samples the bound looks at.
struct SampleMoments {
  std::int64_t n = 0;
  double mean = 0, variance = 0;  ///< the unbiased one; both to 1e-13
};
/// @pre the samples are in [0, 1]
LowerBound empirical_bernstein_lower(const SampleMoments& x, double alpha);

}  // namespace certify
