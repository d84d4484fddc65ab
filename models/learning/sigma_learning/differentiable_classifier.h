#pragma once

#include <cstdint>
#include <functional>
#include <span>
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
  /// @param images  an image for each label, in HWC order   @param labels  one a row
  virtual Pass forward(const float* images, std::span<const int> labels) const = 0;

  /// Whether one pass of many images on one thread is fastest, as on a GPU, in place of a thread an
  /// image: LibTorch's choice of algorithms belongs to a thread, and would be made again by each.
  virtual bool takes_many_images() const { return false; }
};

}  // namespace certify
