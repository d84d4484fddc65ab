#include "data/packed/mat_file.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/byte_reader.h"
#include "core/base/errors.h"
#include "core/base/unpack.h"

namespace certify {
namespace {

constexpr std::size_t kHeader = 128;
constexpr std::string_view kWhat = "the MATLAB file";
constexpr std::uint32_t kMatrix = 14, kCompressed = 15;  // types of elements
constexpr std::uint32_t kComplex = 0x800;                // in an array's flags
constexpr std::size_t kMostDimensions = 32;

/// Of an element's type, as NumPy spells it; empty for none of numbers.
std::string_view number_type(std::uint32_t type) {
  switch (type) {
    case 1:
      return "i1";
    case 2:
      return "u1";
    case 3:
      return "i2";
    case 4:
      return "u2";
    case 5:
      return "i4";
    case 6:
      return "u4";
    case 7:
      return "f4";
    case 9:
      return "f8";
    case 12:
      return "i8";
    case 13:
      return "u8";
    default:
      return "";
  }
}

std::size_t bytes_of(std::string_view type) { return static_cast<std::size_t>(type[1] - '0'); }

struct Element {
  std::uint32_t type;
  std::string_view bytes;
};

/// One element and what fills it up to a multiple of eight bytes; short ones lie in their own tag.
Element next_element(ByteReader& reader) {
  const auto type = reader.number<std::uint32_t>();
  constexpr std::uint32_t kInTag = 16;  // from this bit on
  if (const std::uint32_t size = type >> kInTag; size != 0) {
    const std::string_view bytes = reader.take(4);
    if (size > 4) throw DataError("{} is damaged: an element of {} bytes in 4", kWhat, size);
    return {type & 0xffff, bytes.substr(0, size)};
  }
  const auto size = reader.number<std::uint32_t>();
  const std::string_view bytes = reader.take(size);
  if (type != kCompressed)
    reader.take(std::min<std::size_t>((8 - size % 8) % 8, reader.left().size()));
  return {type, bytes};
}

/// Of numbers. @throws DataError for another type.
Element next_numbers(ByteReader& reader, std::string_view what) {
  const Element element = next_element(reader);
  if (!number_type(element.type).empty()) return element;
  throw DataError("{} is damaged: {} of type {}, expected numbers", kWhat, what, element.type);
}

std::vector<std::int64_t> shape_in(const Element& element) {
  constexpr std::uint32_t kInt32 = 5;
  const std::size_t count = element.bytes.size() / sizeof(std::int32_t);
  if (element.type != kInt32 || count < 2 || count > kMostDimensions) {
    throw DataError("{} is damaged: {} dimensions of type {}, expected 2 or more of 32 bits", kWhat,
                    count, element.type);
  }
  std::vector<std::int64_t> shape;
  ByteReader lengths(element.bytes, kWhat);
  for (std::size_t i = 0; i < count; ++i) {
    shape.push_back(lengths.number<std::int32_t>());
    if (shape.back() < 0) throw DataError("{} is damaged: a length of {}", kWhat, shape.back());
  }
  return shape;
}

/// @throws DataError unless there are as many values as the shape says.
void check_size(const std::string& name, const MatArray& array) {
  const std::uint64_t found = array.values.size() / bytes_of(array.type);
  std::uint64_t expected = 1;
  if (std::ranges::find(array.shape, 0) != array.shape.end()) expected = 0;
  for (const std::int64_t length : array.shape) {
    if (expected > found) break;  // before the product can pass 64 bits
    expected *= static_cast<std::uint64_t>(length);
  }
  if (expected == found && array.values.size() % bytes_of(array.type) == 0) return;
  throw DataError("{}: {} bytes of {} for an array of {}", name, array.values.size(), array.type,
                  fmt::join(array.shape, " x "));
}

/// Adds the variable if it is an array of real numbers.
void add_variable(std::string_view matrix, std::map<std::string, MatArray, std::less<>>& arrays) {
  constexpr std::uint32_t kFirstNumeric = 6, kLastNumeric = 15;  // double … uint64
  ByteReader reader(matrix, kWhat);
  ByteReader flags(next_numbers(reader, "flags").bytes, kWhat);
  const auto word = flags.number<std::uint32_t>();
  const std::uint32_t kind = word & 0xff;
  if (kind < kFirstNumeric || kind > kLastNumeric || (word & kComplex) != 0) return;
  MatArray array;
  array.shape = shape_in(next_numbers(reader, "dimensions"));
  const std::string name(next_numbers(reader, "a name").bytes);
  const Element values = next_numbers(reader, "values");
  array.type = number_type(values.type);
  array.values = values.bytes;
  check_size(name, array);
  if (!arrays.emplace(name, std::move(array)).second) throw DataError("{} is there twice", name);
}

void check_header(std::string_view bytes) {
  if (bytes.starts_with("\x89HDF") || bytes.starts_with("MATLAB 7.3")) {
    throw DataError(
        "a MATLAB file of version 7.3, expected 5; in MATLAB, save(FILE, '-v7') writes it anew");
  }
  if (bytes.size() < kHeader || !bytes.starts_with("MATLAB 5.0")) {
    throw DataError("no MATLAB file of version 5: it does not begin with 'MATLAB 5.0'");
  }
  if (bytes.substr(kHeader - 2, 2) == "MI") {
    throw DataError("a MATLAB file of a big-endian machine, expected little-endian");
  }
  if (bytes.substr(kHeader - 2, 2) != "IM") {
    throw DataError("{} is damaged: its header does not end in 'IM'", kWhat);
  }
}

template <class T>
std::vector<std::int64_t> whole(std::string_view values) {
  ByteReader stored(values, kWhat);
  std::vector<std::int64_t> numbers;
  while (!stored.at_end()) {
    const auto value = stored.number<T>();
    constexpr double kExact = 9007199254740992.0;  // 2^53
    const auto real = static_cast<double>(value);
    if (!(std::abs(real) <= kExact) || real != std::floor(real)) {
      throw DataError("value {} is {}, expected a whole number", numbers.size(), value);
    }
    numbers.push_back(static_cast<std::int64_t>(value));
  }
  return numbers;
}

}  // namespace

MatFile::MatFile(std::string_view bytes, std::size_t most) {
  check_header(bytes);
  ByteReader reader(bytes.substr(kHeader), kWhat);
  while (!reader.at_end()) {
    Element element = next_element(reader);
    std::unique_ptr<std::string> unpacked;
    if (element.type == kCompressed) {
      unpacked = std::make_unique<std::string>(unpack_zlib(element.bytes, most));
      most -= unpacked->size();
      ByteReader inside(*unpacked, kWhat);
      element = next_element(inside);
    }
    const std::size_t before = arrays_.size();
    if (element.type == kMatrix) add_variable(element.bytes, arrays_);
    if (unpacked && arrays_.size() > before) unpacked_.push_back(std::move(unpacked));
  }
}

const MatArray& MatFile::array(std::string_view name) const {
  const auto found = arrays_.find(name);
  if (found != arrays_.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [there, array] : arrays_) names.push_back(there);
  throw DataError("no array {}: it has {}", name,
                  names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
}

std::vector<std::int64_t> whole_numbers(const MatArray& array) {
  const std::string& type = array.type;
  if (type == "i1") return whole<std::int8_t>(array.values);
  if (type == "u1") return whole<std::uint8_t>(array.values);
  if (type == "i2") return whole<std::int16_t>(array.values);
  if (type == "u2") return whole<std::uint16_t>(array.values);
  if (type == "i4") return whole<std::int32_t>(array.values);
  if (type == "u4") return whole<std::uint32_t>(array.values);
  if (type == "f4") return whole<float>(array.values);
  if (type == "f8") return whole<double>(array.values);
  if (type == "i8") return whole<std::int64_t>(array.values);
  return whole<std::uint64_t>(array.values);
}

}  // namespace certify
