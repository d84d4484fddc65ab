#pragma once
/// Run-length codes of BMP files, for bmp.cpp.

#include <cstddef>
#include <string_view>
#include <vector>

namespace certify {

struct BmpRuns {
  std::string_view file;
  std::size_t at = 0;  ///< where the codes begin
  std::size_t width = 0, height = 0;
  bool nibbles = false;  ///< RLE4, otherwise RLE8
};

/// Of each pixel its place in the palette, row after row as the file has them. Read as Pillow 13
/// does: older versions lose their way at a jump or an odd number of half bytes.
/// @throws DataError (without a file's name) if the codes end before the last pixel
std::vector<unsigned char> run_length_decoded(const BmpRuns& runs);

}  // namespace certify
