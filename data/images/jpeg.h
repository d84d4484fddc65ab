#pragma once

#include <string_view>

#include "data/images/rgb_image.h"

namespace certify {

/// The pixels that Pillow's Image.open(f).convert("RGB") gives: libjpeg-turbo with its defaults,
/// grey repeated in three channels, four components taken for Adobe's inverted CMYK, EXIF
/// orientation ignored.
/// @throws DataError (without a file's name) for what is no JPEG, is cut short (if only by its end
/// mark, which Pillow at times lets pass), larger than kMostPixels, or what libjpeg refuses, with
/// libjpeg's reason. Damage that libjpeg only warns of passes, as it does in Pillow.
RgbImage decode_jpeg(std::string_view file);

}  // namespace certify
