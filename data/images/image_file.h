#pragma once

#include <filesystem>
#include <string_view>

#include "data/images/rgb_image.h"

namespace certify {

/// The content of a JPEG or PNG file, told apart by its first bytes: ImageNet has a PNG that is
/// called .JPEG. @throws DataError (without a file's name) for any other, damaged or truncated.
RgbImage decode_image(std::string_view file);

/// @throws DataError naming the file for content that is neither, damaged or truncated; IoError
/// when the system refuses to read it, which another try may not.
RgbImage read_image(const std::filesystem::path& path);

}  // namespace certify
