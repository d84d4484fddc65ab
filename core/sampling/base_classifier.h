#pragma once

#include <cstdint>

#include "core/base/image.h"

namespace certify {

/// The base classifier f: a network without noise of its own, seen as a function on batches.
class BaseClassifier {
 public:
  virtual ~BaseClassifier() = default;
  virtual ImageShape input_shape() const = 0;
  virtual int num_classes() const = 0;
  /// Logits of a whole batch. Safe to call from several threads at once.
  /// @param batch   rows × H × W × C floats (NHWC)   @param logits  rows × num_classes() floats,
  /// out
  virtual void logits(const float* batch, std::int64_t rows, float* out) const = 0;
};

}  // namespace certify
