#pragma once
/// What the lanes of the vote kernel do, as functions that the host compiles too.

#include <cstdint>

#include "core/sampling/cuda/number.h"

namespace certify {

/// The best of some logits of a row: the largest, the lowest class on a tie.
struct Ballot {
  float best = -__builtin_inff();
  std::int32_t winner = 0x7fffffff;
  bool valid = true;  ///< all were finite
};

CERTIFY_HOST_DEVICE Ballot better(const Ballot& a, const Ballot& b) {
  const bool second = b.best > a.best || (b.best == a.best && b.winner < a.winner);
  return {second ? b.best : a.best, second ? b.winner : a.winner, a.valid && b.valid};
}

/// A lane's share of a row: classes lane, lane + 32, …
template <class T>
CERTIFY_HOST_DEVICE Ballot lane_ballot(const T* row, std::int32_t classes, std::int32_t lane) {
  Ballot ballot;
  for (std::int32_t k = lane; k < classes; k += 32) {
    const float logit = to_float(row[k]);
    ballot = better(ballot, {logit, k, is_finite(logit)});
  }
  return ballot;
}

/// @return the class voted for, -1 for none
CERTIFY_HOST_DEVICE std::int32_t vote_of(const Ballot& ballot) {
  return ballot.valid ? ballot.winner : -1;
}

}  // namespace certify
