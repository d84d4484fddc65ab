#pragma once

#include <cstdint>

namespace certify {

/// Learning rates: a straight climb, then half a cosine down to nothing (Loshchilov & Hutter 2017).
struct Schedule {
  double peak = 0.1;
  std::int64_t steps = 1;
  std::int64_t warmup_steps = 0;  ///< less than `steps`

  /// @param step  from 0
  double learning_rate(std::int64_t step) const;
};

}  // namespace certify
