#pragma once

#include <cstdint>

#include "core/attack/attack_plan.h"

namespace certify {

/// The derivative of a network's loss by its input: what attacks need beyond a BaseClassifier.
class LossGradient {
 public:
  virtual ~LossGradient() = default;
  /// The gradient of the loss over k noisy copies of one point, by that point.
  /// @param batch  rows × H × W × C floats (NHWC)   @param attacked  class whose loss it is
  /// @param out    H × W × C floats. Not finite where the network's derivative is not
  /// Safe to call from several threads at once.
  virtual void gradient(const float* batch, std::int64_t rows, int attacked, AttackLoss loss,
                        float* out) const = 0;
};

}  // namespace certify
