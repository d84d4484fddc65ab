#include "core/sigma_map/sigma_map_file.h"

#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/npy.h"

namespace certify {
namespace {

/// As many elements as anyone's image has, and no product of lengths overflows.
constexpr std::int64_t kLongest = std::int64_t{1} << 20;

ImageShape shape_of(const NpyView& array) {
  const auto& s = array.shape;
  const auto length_ok = [](std::int64_t length) { return length > 0 && length <= kLongest; };
  if (s.size() != 3 || !length_ok(s[0]) || !length_ok(s[1]) || !length_ok(s[2])) {
    throw DataError("of shape ({}), must be channels × height × width", fmt::join(s, ", "));
  }
  return {static_cast<int>(s[0]), static_cast<int>(s[1]), static_cast<int>(s[2])};
}

template <class T>
std::vector<double> values_of(const NpyView& array, std::int64_t size) {
  const std::vector<T> values = npy_values<T>(array, size);
  return {values.begin(), values.end()};
}

SigmaMap parse(std::string_view bytes) {
  const NpyView array = parse_npy(bytes);
  if (array.fortran_order) {
    throw DataError("in Fortran order; numpy.ascontiguousarray() brings it into C order");
  }
  if (array.type != "<f4" && array.type != "<f8") {
    throw DataError("of type {}{}, must be <f4 or <f8 (little-endian float32 or float64)",
                    array.type, array.type.starts_with('>') ? " (big-endian)" : "");
  }
  const ImageShape shape = shape_of(array);
  return make_sigma_map(shape, array.type == "<f4" ? values_of<float>(array, shape.size())
                                                   : values_of<double>(array, shape.size()));
}

}  // namespace

SigmaMap read_sigma_map(const std::filesystem::path& file) {
  try {
    return parse(read_file(file));
  } catch (const DataError& error) {
    const std::string what = error.what();
    if (what.starts_with(file.string())) throw;  // there is no such file
    throw DataError("{}: {}", file.string(), what);
  }
}

SigmaMap read_sigma_map(const std::filesystem::path& file, const ImageShape& shape) {
  SigmaMap map = read_sigma_map(file);
  require_shape(map, shape, file);
  return map;
}

void require_shape(const SigmaMap& map, const ImageShape& shape,
                   const std::filesystem::path& file) {
  if (map.shape == shape) return;
  throw DataError("{}: sigma for {} × {} × {} elements, but images are {} × {} × {}", file.string(),
                  map.shape.channels, map.shape.height, map.shape.width, shape.channels,
                  shape.height, shape.width);
}

std::string name_of_map(const std::filesystem::path& file) {
  const std::string folder = file.parent_path().filename().string();
  return file.stem() == "sigma" && !folder.empty() ? folder : file.stem().string();
}

bool holds_tensor(const std::filesystem::path& file) {
  return file.extension() == ".pt" || file.extension() == ".pth";
}

std::string to_npy(const SigmaMap& map) {
  return to_npy(map.values, {map.shape.channels, map.shape.height, map.shape.width});
}

void write_sigma_map(const std::filesystem::path& file, const SigmaMap& map) {
  replace_file(file, to_npy(map));
}

}  // namespace certify
