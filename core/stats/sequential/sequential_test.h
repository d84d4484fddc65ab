#pragma once
/// Tests and bounds on a proportion that hold at every sample size at once, so that one may look
/// at the counts as often as one likes and stop when they please.

#include <cstdint>

#include "core/stats/binomial/binomial_tail.h"
#include "core/stats/bound.h"

namespace certify {

/// ln E, E the e-process against "the proportion is at most p0" after k successes in t trials: the
/// likelihood ratio (θ/p0)^k ((1-θ)/(1-p0))^(t-k), averaged over θ from Jeffreys' prior
/// Beta(½, ½) cut to θ > p0. Under p <= p0 each of the ratios is a supermartingale with mean at
/// most 1, so the probability that E ever reaches 1/alpha is at most alpha (Ville).
/// Never above the exact value, and within sequential_test_error(t, E) of it where E >= 1; where E
/// is smaller only the sign is right.
/// @param k successes, 0 <= k <= t   @param t trials, >= 0   @param p0 in (0, 1)
/// @throws InputError on a bad argument, NaN included.
double log_e_value(std::int64_t k, std::int64_t t, Proportion p0);

/// What log_e_value() takes off to be on the safe side: many times the error that is measured.
double sequential_test_error(std::int64_t t, double log_e);

/// The largest p0 with E >= 1/alpha: with probability >= 1 - alpha it stays below the proportion at
/// all t together. Rounded down; at most 1e-9 (relative, in p and in 1-p) below the exact one for
/// t <= 1e7. k = 0 gives 0.
///
/// That all p0 below the bound are rejected too, so that one crossing is behind every false bound:
/// d ln E / dp0 = h (1 - 1/E) - (k - t p0) / (p0 (1-p0)), h the prior's hazard. By parts,
/// E - 1 <= E (k - t p0) / (p0 (1-p0)) ∫SL / ∫SLh (S the prior's survival function, L the
/// likelihood), and h grows above ½, so there the derivative is negative wherever E > 1. Below ½,
/// h <= 2 / (π √(p0 (1-p0))), and E >= 1/alpha needs (k - t p0)² >= t p0 (1-p0) ln(1/alpha) (the
/// largest ratio is at least E, and ln of it at most Pearson's χ²): negative for alpha <= 2/3.
/// @param alpha in (0, 1/2]   @throws InputError on a bad argument, NaN included.
LowerBound sequential_lower(std::int64_t k, std::int64_t t, double alpha);

}  // namespace certify
