#include "core/base/samples.h"

#include <algorithm>
#include <numeric>

namespace certify {

std::int64_t ClassCounts::total() const {
  return std::accumulate(votes.begin(), votes.end(), invalid);
}

int ClassCounts::top_class() const {
  const auto top = std::max_element(votes.begin(), votes.end());
  if (top == votes.end() || *top == 0) return -1;
  return static_cast<int>(top - votes.begin());
}

std::int64_t ClassCounts::best_other(int c) const {
  std::int64_t best = invalid;
  for (int k = 0; k < num_classes(); ++k) {
    if (k != c) best = std::max(best, votes[static_cast<std::size_t>(k)]);
  }
  return best;
}

}  // namespace certify
