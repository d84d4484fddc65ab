#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/stats/bound.h"
#include "core/stats/sequential/unit_sequence.h"

namespace certify {

/// Lower bound on the mean of [0, 1] variables from how often each value occurred: the largest m
/// with W(m) = mean_d Π_i (1 - r_d + r_d x_i / m) >= 1/alpha, rounded down. Each product is a
/// capital that stakes the constant share r_d; a mixture of capitals is a capital, so Markov's
/// inequality gives coverage 1 - alpha. The order does not matter, so histograms of shards add up;
/// values that were rounded down to a bin's lower edge keep it a lower bound.
/// @param rates shares in (0, 1), chosen without looking at the samples
/// Source: the betting argument of Waudby-Smith & Ramdas (2023) with constant bets.
/// @throws InputError for values outside [0, 1], no samples, or bad rates.
LowerBound mixture_betting_lower(std::span<const WeightedValue> x, double alpha,
                                 std::span<const double> rates);

/// The same with default_rates(n, alpha).
LowerBound mixture_betting_lower(std::span<const WeightedValue> x, double alpha);

/// Shares from √(2 ln(1/α) / n), the best one at the largest variance, doubling up to 0.98.
std::vector<double> default_rates(std::int64_t n, double alpha);

}  // namespace certify
