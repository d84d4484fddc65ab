#pragma once
/// How images become values of a program: what a network does to each channel first, which is
/// mostly its normalisation, and the number format. LibTorch takes 4 ns a value for a difference
/// and a quotient, 6 % of a ResNet-20 in 8 bits.

#include <cstdint>
#include <vector>

#include "models/engine/block.h"
#include "models/engine/kernels.h"
#include "models/engine/quantization.h"

namespace certify {

/// x + b, x - b, x * b or x / b in single precision, with one rounding, as LibTorch's.
struct ChannelStep {
  enum class Kind { kAdd, kSubtract, kMultiply, kDivide };
  Kind kind;
  std::vector<float> numbers;  ///< [channels]
};

/// What a program is given.
struct ProgramInput {
  std::int64_t channels;
  std::vector<ChannelStep> steps{};
};

class InputWriter {
 public:
  /// @throws DataError for no channels, and where a step is of others
  explicit InputWriter(ProgramInput input);

  std::int64_t channels() const { return channels_; }
  bool has_steps() const { return !steps_.empty(); }

  /// Safe to call from several threads at once.
  /// @param from   [images][height][width][channels]
  /// @param scale  for kInt8; else null
  /// @param to     its images are written; channels beyond the input's become zeros
  /// @return of kInt8, the images with a number that is not finite, which 8 bits cannot tell
  std::vector<std::int64_t> write(const float* from, std::int64_t images, Arithmetic arithmetic,
                                  const ValueScale* scale, const ImageBlock& to) const;

 private:
  template <class T>
  std::vector<std::int64_t> write_rows(const float* from, std::int64_t images,
                                       const ValueScale* scale, const ImageBlock& to) const;

  std::int64_t channels_;
  std::vector<ChannelStep> steps_;  ///< numbers: of several pixels, so that loops are long
};

}  // namespace certify
