#pragma once
/// Which tensor of a network's answer has the logits. Brings LibTorch's headers.

#include <ATen/core/ivalue.h>

#include <cstdint>
#include <string>
#include <vector>

namespace certify {

/// The place of the logits, or of images, in an answer: a tensor, or a tuple, list or dict of them,
/// however deep. Its tensors are numbered from 0 in the order of the answer, and named by their
/// keys and places: "logits", "1", "hidden_states.2".
class Output {
 public:
  Output() = default;  ///< the answer is the logits

  /// @param answer  to `rows` images
  /// @param asked   the number or name of a tensor; empty: the only one of shape [rows,m]
  /// @throws DataError (without the file's name) that says what was returned, where there is no
  /// such tensor, or several without a name being asked for.
  Output(const c10::IValue& answer, std::int64_t rows, const std::string& asked);

  /// The place of images: the only tensor of shape [rows,C,H,W].
  /// @param sizes  [C,H,W]   @param variances  2 C channels will do, too
  /// @throws DataError as Output()
  static Output of_images(const c10::IValue& answer, std::int64_t rows, at::IntArrayRef sizes,
                          bool variances);

  /// The tensor at this place of another answer; of logits, [rows,m,1,1] as [rows,m], and [m] of a
  /// single image, as squeeze() leaves it, as [1,m].
  /// @throws DataError where the answer is built in another way, or its images have other sizes
  at::Tensor of(const c10::IValue& answer, std::int64_t rows) const;

 private:
  std::vector<std::int64_t> sizes_;    ///< [C,H,W] of images; empty: logits
  std::size_t index_ = 0, count_ = 1;  ///< of the answer's tensors
  std::string name_;
};

}  // namespace certify
