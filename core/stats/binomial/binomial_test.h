#pragma once

#include <cstdint>

namespace certify {

/// Two-sided p-value of "two classes are equally likely", given that one got k and the other n - k
/// votes: 2 P[Bin(n, 1/2) >= max(k, n - k)], at most 1, rounded up.
/// @throws InputError unless 0 <= k <= n.
double two_sided_binomial_p_value(std::int64_t k, std::int64_t n);

/// Whether the class with most votes may be called the most likely one, with failure probability
/// alpha: the test of the top against the runner-up in the same samples, whichever they are.
/// Source: Hung & Fithian, "Rank verification for exponential families" (2019), used by PREDICT of
/// Cohen et al. (2019). @throws InputError unless top >= runner_up >= 0 and alpha in (0, 1).
bool top_is_most_likely(std::int64_t top, std::int64_t runner_up, double alpha);

}  // namespace certify
