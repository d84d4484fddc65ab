#pragma once
/// Lossless JPEG, which libjpeg-turbo reads from version 3 on and Debian's 2.1 does not. Read here
/// on every machine, so that one reader is tested everywhere.

#include <string_view>

#include "data/images/rgb_image.h"

namespace certify {

/// Whether the first frame of a JPEG file is lossless with Huffman codes (SOF3). Never throws.
bool is_lossless_jpeg(std::string_view file);

/// One component as grey or three as RGB, with 8 bits: ITU-T T.81, annex H, and what Pillow (from
/// 10.4 on, by libjpeg-turbo 3) makes of it.
/// @throws DataError (without a file's name) for what is damaged, cut short, larger than
/// kMostPixels, has components of different sizes, or is marked as YCbCr, which Pillow refuses.
RgbImage decode_lossless_jpeg(std::string_view file);

}  // namespace certify
