#pragma once

#include <cstdint>
#include <span>

#include "core/stats/bound.h"

namespace certify {

/// STaR-Bets: betting that recomputes at every step what is needed to reach 1/alpha with the
/// samples that are left, λ_t = √(2 ln(1/(α W_{t-1})) / ((n - t) S_{t-1})) with S the smaller of a
/// running second moment about m and m (1-m). A lower bound on the mean of [0, 1] variables.
///
/// The bets depend on m, so the capital need not decrease in m, and a bisection would not be valid.
/// The means tried are m = g / grid, and the result is the last g / grid before the first that is
/// not rejected. With g the next point at or above the true mean, the bound exceeds the truth only
/// if g itself was rejected. Without the randomised last threshold of the paper. Source: Voráček &
/// Orabona (2025), algorithm 5.
/// @param grid number of steps in [0, 1], fixed in advance; the bound is a multiple of 1 / grid
/// @throws InputError for a sample outside [0, 1], alpha outside (0, 1) or grid < 1.
LowerBound star_bets_lower(std::span<const double> x, double alpha, int grid);

/// Steps for n samples: 32 √n, fixed by n, so that a step is a small part of a bound's width.
int star_bets_grid(std::int64_t n);

}  // namespace certify
