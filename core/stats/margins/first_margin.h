#pragma once

#include <cstdint>

#include "core/stats/bound.h"

namespace certify {

/// Exact lower bound on the first margin p_1 - p_2 of two classes of a multinomial, from the
/// difference t = X_1 - X_2 of their counts among n samples. Returned as a bound on (1 + p_1 - p_2)
/// / 2, whose normal quantile times sigma is the radius; rounded down; coverage 1 - alpha.
///
/// It is inf{θ : max_s P(X_1 - X_2 >= t | q_1 = (s+θ)/2, q_2 = (s-θ)/2) > α}. Where n + t is even
/// the maximum is at s = 1, the Clopper-Pearson bound of (n+t)/2 out of n; where it is odd, inside.
/// Source: Liang, section IV-B, done exactly. best_w() says why the maximum is unique.
/// @throws InputError unless n >= 1, -n <= t <= n and alpha in (0, 1).
LowerBound first_margin_lower(std::int64_t t, std::int64_t n, double alpha);

/// ln max_s P(X_1 - X_2 >= t) at (1 + p_1 - p_2) / 2 = `half`, for a mean below t. For tests and
/// checkers; n + t of any parity.
struct Proportion;
double first_margin_log_tail(std::int64_t t, std::int64_t n, Proportion half);

}  // namespace certify
