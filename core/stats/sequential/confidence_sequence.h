#pragma once

#include <span>

#include "core/stats/bound.h"

namespace certify {

/// Predictable plug-in empirical-Bernstein bound on the mean of [0, 1] variables, from below:
/// L_t = (Σ λ_i x_i - ln(1/α) - Σ (x_i - μ_{i-1})² (-ln(1-λ_i) - λ_i)) / Σ λ_i, λ_i truncated at c.
/// Holds at all times at once with probability >= 1 - alpha; rounded down, 0 where negative.
/// Source: Waudby-Smith & Ramdas (2023), theorem 2.
/// @param truncation  largest bet c, in (0, 1)
/// @throws InputError for a sample outside [0, 1], alpha or c outside (0, 1).
LowerBound confidence_sequence_lower(std::span<const double> x, double alpha,
                                     double truncation = 0.5);

}  // namespace certify
