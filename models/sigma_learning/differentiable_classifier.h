#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace certify {

/// A classifier as learning needs it: the probability it gives a label, and how that changes with
/// the image.
class DifferentiableClassifier {
 public:
  virtual ~DifferentiableClassifier() = default;

  struct Pass {
    std::vector<float> probabilities;  ///< of the label, one a row, after softmax
    /// Writes the gradient of each row's probability with regard to that row: rows × size floats in
    /// HWC order. Valid once, while the classifier lives.
    std::function<void(float* out)> gradients;
  };
  /// Rows must not depend on each other. Safe to call from several threads.
  /// @param images  `rows` images in HWC order
  virtual Pass forward(const float* images, std::int64_t rows, int label) const = 0;
};

}  // namespace certify
