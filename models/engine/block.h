#pragma once
/// How the engine keeps images, and what a kernel is called with. Shared by files that are compiled
/// for different instruction sets, so nothing here may have code.

#include <cstdint>

#include "models/engine/layer.h"

namespace certify {

/// Some images: channel c of pixel (y, x) of image i is element i * image + y * row + x * channels
/// + c of `data`. Around each image lie zeros (of an 8-bit value its zero point), as many pixels as
/// its readers' padding wants, and nothing writes there.
struct ImageBlock {
  void* data;
  std::int64_t channels, row, image;  ///< in elements; channels beyond the value's own are zeros
  Size size;
};

/// How 8-bit sums become 8-bit values: y = zero_y + ((sum + bias) * scale / 2^32 + (residual -
/// zero_residual) * residual_scale) / 2^shift, the first quotient rounded down, the second to the
/// nearest, halves up, and kept within [low, 255]. No float decides a value.
struct Requantization {
  const std::int32_t* bias;   ///< [channels of y], with the input's zero point in it
  const std::int32_t* scale;  ///< [channels of y], not negative
  std::int32_t residual_scale, zero_residual, shift, zero_y, low;
};

/// One layer on some images.
struct ConvCall {
  Window window;
  ImageBlock x, y;
  const ImageBlock* residual;  ///< like y; may be y itself; null for none
  std::int64_t images;
  const void* filters;  ///< in the kernel's order
  const float* bias;    ///< [channels of y]
  bool relu;
  const Requantization* requantization;  ///< of 8-bit values, which have no bias and relu else
  void* scratch;                         ///< 64-byte aligned
};

/// Output channels come in vectors of so many.
inline constexpr std::int64_t kOutputLanes = 16;
inline constexpr std::int64_t kWinogradPoints = 36;  // 6×6 inputs of a tile, whose outputs are 4×4
/// Tiles, or pixels, whose sums stay in registers; a batch of blocks shares what it reads of the
/// filters.
inline constexpr std::int64_t kTilesOfABlock = 12;
/// Most vectors of outputs that are computed together, so that what is read of an image serves for
/// all of them.
inline constexpr std::int64_t kMostVectors = 2;
/// Where neighbouring pixels of direct() are, in its scratch memory.
inline constexpr std::int64_t kGroupBytes = 16;
/// Behind each buffer: vectors are read whole.
inline constexpr std::int64_t kSlackBytes = 256;

}  // namespace certify
