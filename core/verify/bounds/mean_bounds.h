#pragma once
/// Whether a stated bound on the mean of [0, 1] variables follows from them: each bound's own
/// condition, evaluated at the stated value. No bound is solved for, and nothing here is shared
/// with core/stats.

#include <cstdint>
#include <string>
#include <vector>

#include "core/verify/bounds/tails.h"

namespace certify::checker {

enum class MeanBound {
  kEmpiricalBernstein,
  kConfidenceSequence,
  kBetting,
  kHistogram,
  kStarBets,
};

/// A value and how often in a row it was seen. Bounds that go by the order need counts of 1.
struct Seen {
  Real value = 0;
  std::int64_t count = 1;
};
using Column = std::vector<Seen>;

/// A stated value is evaluated this much below itself: what sums of n doubles and bets worked out
/// from such sums can differ by. Not the checker's own error, which is far smaller; the bets are
/// free to be a rounded number.
inline Real mean_rounding(std::int64_t n) { return 1e-12L + 3e-16L * static_cast<Real>(n); }

/// What was found at a stated value.
struct Verdict {
  bool holds = true;
  std::string why;  ///< where it does not
};

/// Whether "the mean is at least m" follows at failure probability alpha. Always for m <= 0.
/// - empirical Bernstein (Maurer & Pontil 2009, theorem 4) and the confidence sequence
///   (Waudby-Smith & Ramdas 2023, theorem 2): m is at most the bound, which has a closed form;
/// - betting (the same, theorem 3): the capital that bets against m reaches 1/alpha;
/// - histogram: the mixture of such capitals reaches it;
/// - STaR-Bets (Voráček & Orabona 2025): every point of the grid of 32 √n steps up to m is
///   rejected, within 1e-9 of the logarithm of the capital, as its bets follow its own rounding.
Verdict mean_at_least(const Column& x, Real m, Real alpha, MeanBound bound);

/// About the largest such m, by halving: for statements that rest on a value they do not name. What
/// is returned has itself been evaluated.
Real largest_mean_held(const Column& x, Real alpha, MeanBound bound);

}  // namespace certify::checker
