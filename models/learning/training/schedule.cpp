#include "models/learning/training/schedule.h"

#include <cmath>
#include <numbers>

namespace certify {

double Schedule::learning_rate(std::int64_t step) const {
  if (step < warmup_steps) {
    return peak * static_cast<double>(step + 1) / static_cast<double>(warmup_steps);
  }
  const double done =
      static_cast<double>(step - warmup_steps) / static_cast<double>(steps - warmup_steps);
  return peak * 0.5 * (1 + std::cos(std::numbers::pi * done));
}

}  // namespace certify
