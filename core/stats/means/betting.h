#pragma once

#include <span>

#include "core/stats/bound.h"

namespace certify {

/// One-sided hedged-capital bound on the mean of [0, 1] variables, from below: the largest m whose
/// capital max_t Π_{i<=t} (1 + min(λ_i, c/m)(x_i - m)) reaches 1/alpha. The bets λ do not depend on
/// m, so the capital decreases in m and the bound is found by bracketing; the rejected end is
/// returned. Holds at all times at once with probability >= 1 - alpha; rounded down. Source:
/// Waudby-Smith & Ramdas (2023), theorem 3 and section 4.
/// @param truncation  c in (0, 1): never stake more than c of the capital
/// @throws InputError for a sample outside [0, 1], alpha or c outside (0, 1).
LowerBound betting_lower(std::span<const double> x, double alpha, double truncation = 0.9);

}  // namespace certify
