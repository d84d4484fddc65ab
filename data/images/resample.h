#pragma once

#include "data/images/rgb_image.h"

namespace certify {

/// Which pixels of a picture a network sees.
struct Framing {
  int resize = 0;  ///< the shorter side is brought to this length first; 0: left as it is
  int height = 0;  ///< of the crop from the middle
  int width = 0;
};

/// torchvision's Resize(framing.resize), bilinear and antialiased, then CenterCrop, to the last bit
/// of what Pillow computes: sizes, offsets and filter weights are rounded as there. A picture of
/// the right size is not resampled; one smaller than the crop gets a black border.
/// @throws DataError when the resized picture would pass kMostPixels (one a million times as long
/// as wide).
RgbImage frame(const RgbImage& image, const Framing& framing);

/// The whole picture brought to a size, bilinear and antialiased, as Pillow's
/// Image.resize((width, height), BILINEAR), to the last bit. Sides need not keep their proportion.
/// @pre 0 < width, height
RgbImage resize(const RgbImage& image, int width, int height);

}  // namespace certify
