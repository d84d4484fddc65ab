#pragma once
/// Parts of an image, drawn as a picture: the grey-map formats PGM (P2, P5).

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/image.h"

namespace certify {

struct Mask {
  std::string name;  ///< of the file, without its ending
  std::vector<bool>
      contains;        ///< [elements in HWC order]: all channels of every pixel that is not black
  std::string sha256;  ///< of the file
};

/// @throws DataError naming the file for one that is not there, what is no PGM of at most 255
/// greys, of another height or width, or all black; InputError for a name that a column of radii
/// cannot have: letters, digits, - and _ only, and none of the names that radii have already.
Mask read_mask(const std::filesystem::path& file, const ImageShape& shape);

}  // namespace certify
