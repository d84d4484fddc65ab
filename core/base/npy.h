#pragma once
/// NumPy's .npy files: what stands before the values.
/// Source: numpy.lib.format, versions 1.0 to 3.0.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace certify {

/// Magic, version 1.0, length, and a dictionary padded so that the values begin at a multiple of 64
/// bytes. C order.
/// @param type  as NumPy spells it: <f4, <f8, <i8   @param shape  two lengths or more
std::string npy_header(std::string_view type, std::span<const std::int64_t> shape);

/// An array as it lies in a file's bytes.
struct NpyView {
  std::string type;  ///< <f4, >f8, |u1, …
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
  std::string_view values;  ///< all that follows the header, of any length
};
/// @throws DataError, without a place, where this is no .npy file or its header is cut off.
NpyView parse_npy(std::string_view bytes);

}  // namespace certify
