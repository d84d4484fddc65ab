#pragma once

#include <string>
#include <string_view>

#include "data/images/rgb_image.h"

namespace certify {

bool looks_like_png(std::string_view file);

/// The pixels that Pillow's Image.open(f).convert("RGB") gives: palettes and grey expanded, alpha
/// dropped (not blended), 16 bits a channel cut to the upper 8, gamma ignored.
/// @throws DataError (without a file's name) for what is no PNG, is damaged or cut short (if only
/// by its end mark, which Pillow lets pass), larger than kMostPixels, or grey with 16 bits, which
/// Pillow's versions read differently.
RgbImage decode_png(std::string_view file);

/// A PNG file: 8 bits a channel. The same pixels give the same bytes on the same libpng and zlib.
/// @throws IoError if libpng cannot.
std::string encode_png(const RgbImage& image);

}  // namespace certify
