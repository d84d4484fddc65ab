#pragma once
/// Outcomes (x1, x2) of a trinomial that rank at least as high as one of them, and their
/// probability.

#include <cstdint>
#include <deque>
#include <functional>

#include "core/stats/binomial/binomial_tail.h"

namespace certify {

/// {y : S(y) >= S(x)} for an ordering S that increases with y1: for each y2 the smallest y1. Worked
/// out outwards from x, as far as it is asked for.
class TrinomialRegion {
 public:
  using Score = std::function<double(std::int64_t y1, std::int64_t y2)>;

  TrinomialRegion(std::int64_t x1, std::int64_t x2, std::int64_t n, Score score);

  /// The smallest y1 of the region at this y2, 0 <= y2 <= n; n + 1 where there is none.
  std::int64_t least(std::int64_t y2);

  /// P(X in region) where the second class has probability p2 and the first has `share` of what the
  /// second leaves, summed over y2 from `low` to `high` only.
  double probability(Proportion share, Proportion p2, std::int64_t low, std::int64_t high);

 private:
  std::int64_t lowest_from(std::int64_t guess, std::int64_t y2) const;
  bool contains(std::int64_t y1, std::int64_t y2) const { return score_(y1, y2) >= threshold_; }

  std::int64_t n_;
  Score score_;
  double threshold_;
  std::int64_t first_;              ///< y2 of least_.front()
  std::deque<std::int64_t> least_;  ///< by y2
};

}  // namespace certify
