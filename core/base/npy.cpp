#include "core/base/npy.h"

#include <algorithm>
#include <charconv>

namespace certify {
namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);

std::size_t little_endian(std::string_view bytes) {
  std::size_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

std::string_view without_leading_blanks(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

/// What follows `'key':` in a Python dictionary of literals.
std::string_view value_of(std::string_view dictionary, std::string_view key) {
  const std::size_t at = dictionary.find(fmt::format("'{}'", key));
  if (at != std::string_view::npos) {
    const auto rest = without_leading_blanks(dictionary.substr(at + key.size() + 2));
    if (rest.starts_with(':')) return without_leading_blanks(rest.substr(1));
  }
  throw DataError("a .npy header without '{}'", key);
}

std::string parse_type(std::string_view text) {
  const std::size_t end = text.find('\'', 1);
  if (!text.starts_with('\'') || end == std::string_view::npos) {
    throw DataError("a .npy file whose elements are not plain numbers");
  }
  return std::string(text.substr(1, end - 1));
}

std::vector<std::int64_t> parse_shape(std::string_view text) {
  const std::size_t end = text.find(')');
  if (!text.starts_with('(') || end == std::string_view::npos) {
    throw DataError("a .npy header whose shape cannot be read");
  }
  std::vector<std::int64_t> shape;
  for (text = without_leading_blanks(text.substr(1, end - 1)); !text.empty();
       text = without_leading_blanks(text)) {
    std::int64_t length = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (error != std::errc() || length < 0) {
      throw DataError("a .npy header whose shape cannot be read");
    }
    shape.push_back(length);
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    text = without_leading_blanks(text);
    if (text.starts_with(',')) text.remove_prefix(1);
  }
  return shape;
}

}  // namespace

std::string npy_header(std::string_view type, std::span<const std::int64_t> shape) {
  constexpr std::size_t kPrefix = 10, kAlignment = 64;
  std::string dictionary = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                                       type, fmt::join(shape, ", "));
  dictionary.append(kAlignment - (kPrefix + dictionary.size() + 1) % kAlignment, ' ');
  dictionary += '\n';
  std::string out(kMagic);
  out += '\x01';
  out += '\0';
  out += static_cast<char>(dictionary.size() & 0xff);
  out += static_cast<char>(dictionary.size() >> 8);
  return out + dictionary;
}

NpyView parse_npy(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) throw DataError("not a .npy file");
  if (bytes.size() < 8) throw DataError("a .npy header that is cut off");
  const int version = bytes[6];
  if (version < 1 || version > 3) throw DataError(".npy version {}", version);
  const std::size_t prefix = version == 1 ? 10 : 12;
  const std::size_t length = little_endian(bytes.substr(8, prefix - 8));
  if (bytes.size() < prefix || bytes.size() - prefix < length) {
    throw DataError("a .npy header that is cut off");
  }
  const std::string_view dictionary = bytes.substr(prefix, length);
  return {.type = parse_type(value_of(dictionary, "descr")),
          .fortran_order = value_of(dictionary, "fortran_order").starts_with("True"),
          .shape = parse_shape(value_of(dictionary, "shape")),
          .values = bytes.substr(prefix + length)};
}

}  // namespace certify
