#pragma once

#include <cstdint>

namespace certify {

/// Lower bound on the second margin Φ⁻¹(p_1) - Φ⁻¹(p_2) of two classes of a multinomial from their
/// counts x1 and x2 among n samples: Buehler's bound for a fixed ordering S of the outcomes,
/// rounded down; coverage 1 - alpha. sigma / 2 times it is the radius.
///
/// It is inf{θ : max_{q_2} P(S(X) >= S(x)) > α} with q_1 = Φ(θ + Φ⁻¹(q_2)). S is the delta-method
/// lower limit of the margin, z deviations down, with z²/4 added to each of the three cells;
/// z = z_{1-α}, or 1.5 where that is less. Buehler's bound is valid for any ordering. No bound with
/// this coverage exceeds 2 Φ⁻¹(α^(1/n)), reached here where all samples agree. -infinity when x1 <=
/// x2: nothing is claimed there. Source: Liang, section IV-C, with P(>=) in place of the printed
/// P(>).
/// @throws InputError unless n >= 1, x1, x2 >= 0, x1 + x2 <= n and alpha in (0, 1).
double second_margin_lower(std::int64_t x1, std::int64_t x2, std::int64_t n, double alpha);

/// The same by two Clopper-Pearson bounds at alpha / 2: p_2 at most the smaller of its own bound
/// and 1 - p_1. Looser, and cheap at any n.
double second_margin_bonferroni(std::int64_t x1, std::int64_t x2, std::int64_t n, double alpha);

/// The ordering S; larger says that the margin looks larger. For tests and checkers.
///
/// S must fall with x2, so that x2 may be the largest other count, and grow with x1, so that the
/// region's edge can be walked along. tests/stats/margins_test.cpp tests both on whole lattices,
/// for alpha from 0.3 to 1e-12.
double second_margin_score(std::int64_t x1, std::int64_t x2, std::int64_t n, double z);

}  // namespace certify
