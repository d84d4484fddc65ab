#pragma once
/// Arrays in NumPy's .npy files, little-endian, so that anyone can look at them.
/// Source: numpy.lib.format, versions 1.0 to 3.0.

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <fmt/ranges.h>

#include "core/base/errors.h"

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

static_assert(std::endian::native == std::endian::little, "values lie in files as in memory");

/// As NumPy spells it.
template <class T>
inline constexpr std::string_view kNpyType = std::is_same_v<T, float>    ? "<f4"
                                             : std::is_same_v<T, double> ? "<f8"
                                                                         : "<i8";

/// @throws DataError, without a place, unless there are `count` values.
template <class T>
std::vector<T> npy_values(const NpyView& array, std::int64_t count) {
  const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(T);
  if (array.values.size() != bytes) {
    throw DataError("{} bytes of values, expected {}", array.values.size(), bytes);
  }
  std::vector<T> values(static_cast<std::size_t>(count));
  std::memcpy(values.data(), array.values.data(), bytes);
  return values;
}

/// A whole file, C order.
template <class T>
std::string to_npy(const std::vector<T>& values, const std::vector<std::int64_t>& shape) {
  std::string out = npy_header(kNpyType<T>, shape);
  out.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  return out;
}

/// What to_npy() wrote, of just this shape. @throws DataError, without a place, for anything else.
template <class T>
std::vector<T> from_npy(std::string_view bytes, const std::vector<std::int64_t>& shape) {
  const NpyView array = parse_npy(bytes);
  if (array.type != kNpyType<T> || array.fortran_order || array.shape != shape) {
    throw DataError("not a {} array of {}", kNpyType<T>, fmt::join(shape, " × "));
  }
  std::int64_t count = 1;
  for (const std::int64_t length : shape) count *= length;
  return npy_values<T>(array, count);
}

}  // namespace certify
