#pragma once

#include <span>

#include "core/stats/bound.h"
#include "core/stats/sequential/unit_sequence.h"

namespace certify {

struct BettingOptions {
  Horizon horizon = Horizon::kFixed;
  double truncation = 0.9;  ///< c in (0, 1): never stake more than c of the capital
};

/// One-sided hedged-capital bound on the mean of [0, 1] variables, from below: the largest m whose
/// capital max_t Π_{i<=t} (1 + min(λ_i, c/m)(x_i - m)) reaches 1/alpha. The bets λ do not depend on
/// m, so the capital decreases in m and the bound is found by bracketing; the rejected end is
/// returned. Holds at all times at once with probability >= 1 - alpha; rounded down. Source:
/// Waudby-Smith & Ramdas (2023), theorem 3 and section 4.
/// @throws InputError for a sample outside [0, 1] or bad options.
LowerBound betting_lower(std::span<const double> x, double alpha,
                         const BettingOptions& options = {});

}  // namespace certify
