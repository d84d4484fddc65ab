#include <algorithm>
#include <cmath>
#include <string>

#include "data/images/decoding.h"

namespace certify {
namespace {

bool is_space(char c) { return std::string_view(" \t\n\v\f\r").find(c) != std::string_view::npos; }

/// The content of a file from front to back.
class Text {
 public:
  explicit Text(std::string_view file) : left_(file) {}

  bool at_end() const { return left_.empty(); }

  /// The next character that is in no comment. A comment leaves nothing in its place, not even
  /// the end of its line. @throws DataError at the end
  char next() {
    char c = take(1)[0];
    while (c == '#') {
      while (c != '\n' && c != '\r') c = take(1)[0];
      c = take(1)[0];
    }
    return c;
  }

  /// A number and the one character behind it. @throws DataError
  std::int64_t number() {
    char c = next();
    while (is_space(c)) c = next();
    std::string digits;
    while (!is_space(c)) {
      digits += c;
      if (c < '0' || c > '9' || digits.size() > 10) throw DataError("no number: {}", digits);
      if (at_end()) break;
      c = next();
    }
    return std::stoll(digits);
  }

  std::string_view take(std::size_t count) {
    if (count > left_.size()) throw DataError("the file is truncated");
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }

  std::size_t left() const { return left_.size(); }

 private:
  std::string_view left_;
};

struct Header {
  char kind = 0;  ///< 1 to 6
  std::int64_t width = 0, height = 0;
  std::int64_t most = 1;  ///< the value that is white

  bool is_plain() const { return kind <= '3'; }
  bool is_bitmap() const { return kind == '1' || kind == '4'; }
  std::size_t channels() const { return kind == '3' || kind == '6' ? 3 : 1; }
};

Header read_header(Text& text) {
  const std::string_view magic = text.take(3);
  if (magic[0] != 'P' || magic[1] < '1' || magic[1] > '6' || !is_space(magic[2])) {
    throw DataError("begins with neither of P1 to P6");
  }
  Header header{.kind = magic[1]};
  header.width = text.number();
  header.height = text.number();
  check_size(header.width, header.height);
  if (!header.is_bitmap()) header.most = text.number();
  if (header.most < 1 || header.most > 65535) {
    throw DataError("a largest value of {}; expected 1 to 65535", header.most);
  }
  return header;
}

/// A value as 8 bits, as Pillow makes them: colours in the same proportion; grey above 8 bits is
/// brought to 16 and cut at 255.
class Levels {
 public:
  explicit Levels(const Header& header)
      : most_(header.most), deep_grey_(header.channels() == 1 && header.most > 255) {}

  unsigned char operator()(std::int64_t value) const {
    const double share = static_cast<double>(value) / static_cast<double>(most_);
    // Half to even, as Python rounds.
    const double level = std::nearbyint(share * (deep_grey_ ? 65535 : 255));
    return static_cast<unsigned char>(std::min(level, 255.0));
  }

 private:
  std::int64_t most_;
  bool deep_grey_;
};

void put(RgbImage& image, std::size_t value, std::size_t channels, unsigned char level) {
  if (channels == 3) {
    image.bytes[value] = level;
  } else {
    std::fill_n(image.bytes.begin() + static_cast<std::ptrdiff_t>(3 * value), 3, level);
  }
}

/// One character for a pixel, with space between or without.
void read_plain_bits(Text& text, RgbImage& image) {
  for (std::size_t i = 0; i < image.bytes.size() / 3; ++i) {
    char c = text.next();
    while (is_space(c)) c = text.next();
    if (c != '0' && c != '1') throw DataError("a pixel that is neither 0 nor 1");
    put(image, i, 1, c == '0' ? 255 : 0);
  }
}

void read_plain_numbers(Text& text, const Header& header, RgbImage& image) {
  const Levels level(header);
  const std::size_t channels = header.channels();
  for (std::size_t i = 0; i < image.bytes.size() * channels / 3; ++i) {
    const std::int64_t value = text.number();
    if (value > header.most)
      throw DataError("{} is above the largest value, {}", value, header.most);
    put(image, i, channels, level(value));
  }
}

/// Rows begin with a byte of their own; a set bit is black.
void read_bits(std::string_view raster, RgbImage& image) {
  const auto width = static_cast<std::size_t>(image.width);
  for (std::size_t i = 0; i < image.bytes.size() / 3; ++i) {
    const std::size_t x = i % width;
    const auto byte = static_cast<unsigned char>(raster[i / width * ((width + 7) / 8) + x / 8]);
    put(image, i, 1, (byte >> (7 - x % 8) & 1) != 0 ? 0 : 255);
  }
}

void read_numbers(std::string_view raster, const Header& header, RgbImage& image) {
  const Levels level(header);
  const std::size_t channels = header.channels();
  const std::size_t size = header.most > 255 ? 2 : 1;
  for (std::size_t i = 0; i * size < raster.size(); ++i) {
    std::int64_t value = 0;
    for (const char c : raster.substr(i * size, size)) {
      value = 256 * value + static_cast<unsigned char>(c);
    }
    put(image, i, channels, level(value));
  }
}

/// Bytes of the pixels, at least one for a plain one.
std::size_t bytes_of(const Header& header) {
  const auto width = static_cast<std::size_t>(header.width);
  const auto height = static_cast<std::size_t>(header.height);
  if (header.kind == '4') return (width + 7) / 8 * height;
  const std::size_t values = width * height * header.channels();
  if (header.kind == '1') return values;
  if (header.is_plain()) return 2 * values - 1;
  return values * (header.most > 255 ? 2 : 1);
}

RgbImage decode(Text text) {
  const Header header = read_header(text);
  const std::size_t bytes = bytes_of(header);
  if (text.left() < bytes) throw DataError("the file is truncated");
  RgbImage image = black_image(static_cast<int>(header.width), static_cast<int>(header.height));
  if (header.kind == '1') {
    read_plain_bits(text, image);
  } else if (header.is_plain()) {
    read_plain_numbers(text, header, image);
  } else if (header.is_bitmap()) {
    read_bits(text.take(bytes), image);
  } else {
    read_numbers(text.take(bytes), header, image);
  }
  return image;
}

}  // namespace

RgbImage decode_pnm(std::string_view file) {
  try {
    return decode(Text(file));
  } catch (const DataError& error) {
    throw DataError("no readable PBM, PGM or PPM: {}", error.what());
  }
}

}  // namespace certify
