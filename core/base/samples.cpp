#include "core/base/samples.h"

#include <algorithm>
#include <cmath>
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

std::vector<int> row_votes(std::span<const float> logits, std::size_t classes) {
  std::vector<int> votes;
  for (; !logits.empty(); logits = logits.subspan(classes)) {
    const auto row = logits.first(classes);
    const bool finite = std::ranges::all_of(row, [](float v) { return std::isfinite(v); });
    votes.push_back(finite ? static_cast<int>(std::ranges::max_element(row) - row.begin()) : -1);
  }
  return votes;
}

ClassCounts count_votes(std::span<const int> votes, std::size_t classes) {
  ClassCounts counts;
  counts.votes.resize(classes);
  for (const int voted : votes) {
    ++(voted < 0 ? counts.invalid : counts.votes[static_cast<std::size_t>(voted)]);
  }
  return counts;
}

std::size_t ImageSamples::bytes() const {
  return 1024 + (trace.values.size() + logits.size() + gradient.mean.size()) * sizeof(float) +
         (histogram.counts.size() + estimation.votes.size() * 2) * sizeof(std::int64_t);
}

}  // namespace certify
