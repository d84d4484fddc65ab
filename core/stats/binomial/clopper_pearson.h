#pragma once

#include <cstdint>

#include "core/stats/bound.h"

namespace certify {

/// Exact one-sided lower bound on a binomial proportion, rounded down.
/// Holds with probability >= 1 - alpha over k ~ Bin(n, p). At most 1e-9 (relative, in p and in 1-p)
/// below the exact bound for alpha <= 1/2 and n <= 1e7; never above it.
/// @param k successes, 0 <= k <= n   @param n trials, >= 1   @param alpha in (0, 1)
/// Source: Clopper & Pearson (1934). k = 0 gives 0; k = n gives alpha^(1/n).
/// @throws InputError on a bad argument, NaN included.
LowerBound clopper_pearson_lower(std::int64_t k, std::int64_t n, double alpha);

/// Exact one-sided upper bound on a binomial proportion, rounded up; k = n gives 1.
/// Otherwise as clopper_pearson_lower.
UpperBound clopper_pearson_upper(std::int64_t k, std::int64_t n, double alpha);

}  // namespace certify
