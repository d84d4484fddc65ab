#pragma once
/// The end of a classifier: the mean over the pixels of a value and one matrix behind it. Computed
/// in single precision (the mean's sum in double) whatever the layers are computed in, in one order
/// on each processor: a network of 8 bits has the same logits everywhere, under every LibTorch.
///
/// It is also faster: Debian's OpenBLAS 0.3.21 takes a processor that it does not know for a
/// Prescott, which cost a tenth of a ResNet-50 at `bf16-amx`. A graph whose end is not provably
/// this keeps LibTorch's.

#include <cstdint>
#include <vector>

#include "models/engine/filters.h"
#include "models/engine/kernels.h"
#include "models/engine/layer.h"

namespace certify {

/// logits = weights · mean(x) + bias
struct Head {
  int x = 0;                              ///< a value, by its number
  Window window{{0, 0}, {1, 1}, {0, 0}};  ///< that the mean is of; kernel 0: all pixels
  std::int64_t in = 0, out = 0;           ///< channels of x, and classes
  std::vector<float> weights;             ///< [out][in]
  std::vector<float> bias;                ///< [out]

  /// The pixels that the mean is of; not positive where that is no single window.
  Size pixels(Size image) const;
};

class ClassifierHead {
 public:
  /// @throws DataError where weights or bias are not of its size
  explicit ClassifierHead(Head head);
  /// @param kernels  for kFp32; null: plain C++, slow on a processor that does not fuse
  ClassifierHead(Head head, const Kernels* kernels);

  int x() const { return head_.x; }
  std::int64_t in() const { return head_.in; }
  std::int64_t out() const { return head_.out; }
  Size pixels(Size image) const { return head_.pixels(image); }

  /// @param means   [rows][in]
  /// @param logits  [rows][out], written
  void run(std::int64_t rows, const float* means, float* logits) const;

 private:
  Head head_;  ///< without weights where a kernel has them
  const Kernels* kernels_;
  AlignedBytes filters_;
  std::vector<float> bias_;
};

}  // namespace certify
