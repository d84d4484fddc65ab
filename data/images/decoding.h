#pragma once
/// What the decoders of picture files share.

#include <array>
#include <cstdint>

#include "core/base/errors.h"
#include "data/images/rgb_image.h"

namespace certify {

using Rgb = std::array<unsigned char, 3>;

/// @throws DataError (without a file's name) for a picture without pixels or above kMostPixels
inline void check_size(std::int64_t width, std::int64_t height) {
  if (width < 1 || height < 1) throw DataError("{} x {} pixels", width, height);
  if (width > kMostPixels || height > kMostPixels || width * height > kMostPixels) {
    throw DataError("{} x {} are more pixels than anybody means to certify", width, height);
  }
}

/// a·b/255, rounded as Pillow rounds it. @pre 0 <= a, b <= 255
inline int times_255ths(int a, int b) {
  const int product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/// What Pillow's convert("RGB") makes of one ink. @param ink, black  0: none, 255: all
inline unsigned char without_ink(int ink, int black) {
  return static_cast<unsigned char>(255 - black - times_255ths(ink, 255 - black));
}

}  // namespace certify
