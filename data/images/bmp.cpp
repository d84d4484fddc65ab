#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "data/images/bmp_runs.h"
#include "data/images/decoding.h"

namespace certify {
namespace {

/// The content of a file, numbers with the lowest byte first.
struct Bytes {
  std::string_view file;

  std::string_view part(std::size_t at, std::size_t count) const {
    if (at > file.size() || count > file.size() - at) throw DataError("the file is truncated");
    return file.substr(at, count);
  }
  unsigned char byte(std::size_t at) const { return static_cast<unsigned char>(part(at, 1)[0]); }
  std::uint32_t u16(std::size_t at) const { return byte(at) + 256U * byte(at + 1); }
  std::uint32_t u32(std::size_t at) const { return u16(at) + 65536U * u16(at + 2); }
};

enum Compression : std::uint32_t { kPlain = 0, kRle8 = 1, kRle4 = 2, kBitFields = 3 };
using Masks = std::array<std::uint32_t, 4>;  ///< red, green, blue, alpha

struct Header {
  std::int64_t width = 0, height = 0;
  bool top_down = false;
  std::uint32_t bits = 0;  ///< of a pixel
  std::uint32_t compression = kPlain;
  std::size_t colours = 0;      ///< of the palette
  std::size_t colour_size = 0;  ///< bytes of a colour: blue, green, red, nothing
  Masks masks{};
  std::size_t palette_at = 0, pixels_at = 0;

  bool has_palette() const { return bits <= 8; }
  bool is_run_length_coded() const { return compression == kRle8 || compression == kRle4; }
};

constexpr std::size_t kFileHeader = 14;

void read_core_header(const Bytes& bytes, Header& header) {
  header.width = bytes.u16(kFileHeader + 4);
  header.height = bytes.u16(kFileHeader + 6);
  header.bits = bytes.u16(kFileHeader + 10);
  header.colour_size = 3;
}

/// BITMAPINFOHEADER and all that begin like it.
void read_info_header(const Bytes& bytes, std::size_t size, Header& header) {
  header.width = bytes.u32(kFileHeader + 4);
  header.height = bytes.u32(kFileHeader + 8);
  header.top_down = header.height >> 24 == 0xFF;  // Pillow's test for a negative one
  if (header.top_down) header.height = (std::int64_t{1} << 32) - header.height;
  header.bits = bytes.u16(kFileHeader + 14);
  header.compression = bytes.u32(kFileHeader + 16);
  header.colours = bytes.u32(kFileHeader + 32);
  header.colour_size = 4;
  if (header.compression != kBitFields) return;
  // The masks lie behind the shortest of the headers, inside the longer ones.
  const std::size_t masks = size >= 56 ? 4 : 3;
  for (std::size_t i = 0; i < masks; ++i) header.masks[i] = bytes.u32(kFileHeader + 40 + 4 * i);
  if (size == 40) header.palette_at += 12;
}

/// @param end  of the header, without masks behind it
void find_parts(const Bytes& bytes, std::size_t end, Header& header) {
  std::size_t palette_size = 0;
  if (header.has_palette()) {
    if (header.colours == 0) header.colours = std::size_t{1} << header.bits;
    if (header.colours > 256) throw DataError("a palette of {} colours", header.colours);
    palette_size = header.colour_size * header.colours;
  }
  header.pixels_at = bytes.u32(10);
  if (header.pixels_at == 0) header.pixels_at = header.palette_at + palette_size;
  // Some writers forget the palette.
  if (header.pixels_at == end) header.pixels_at += palette_size;
}

Header read_header(const Bytes& bytes) {
  Header header;
  const std::size_t size = bytes.u32(kFileHeader);
  header.palette_at = kFileHeader + size;
  if (size == 12) {
    read_core_header(bytes, header);
  } else if (constexpr std::array sizes{40, 52, 56, 64, 108, 124};
             std::ranges::find(sizes, size) != sizes.end()) {
    read_info_header(bytes, size, header);
  } else {
    throw DataError("a header of {} bytes; expected 12, 40, 52, 56, 64, 108 or 124", size);
  }
  check_size(header.width, header.height);
  if (constexpr std::array depths{1, 4, 8, 16, 24, 32};
      std::ranges::find(depths, header.bits) == depths.end()) {
    throw DataError("{} bits a pixel; expected 1, 4, 8, 16, 24 or 32", header.bits);
  }
  find_parts(bytes, kFileHeader + size, header);
  return header;
}

using Palette = std::array<Rgb, 256>;

/// Whether the palette says no more than that indices are grey levels, by Pillow's test.
bool is_grey_ramp(const Header& header, const Palette& palette) {
  const std::size_t step = header.colours == 2 ? 255 : 1;
  for (std::size_t i = 0; i < header.colours; ++i) {
    Rgb grey;
    grey.fill(static_cast<unsigned char>(i * step));
    if (palette[i] != grey) return false;
  }
  return true;
}

/// Pillow takes indices for grey levels where the palette is a ramp of them. It then reads one bit
/// a pixel if there are up to two colours and eight if there are more, whatever the header says.
void refuse_what_pillow_misreads(const Header& header) {
  const bool read_well = header.colours > 2
                             ? header.is_run_length_coded() || header.bits == 8
                             : header.colours == 2 && header.bits == 1 && header.compression == 0;
  if (!read_well) {
    throw DataError("{} bits a pixel with a palette of {} grey levels, which Pillow reads wrongly",
                    header.bits, header.colours);
  }
}

/// Colours that the file does not have are black, or what is missing of a ramp of grey levels.
Palette read_palette(const Bytes& bytes, const Header& header) {
  Palette palette{};
  bytes.part(header.palette_at, header.colour_size * header.colours);
  for (std::size_t i = 0; i < header.colours; ++i) {
    const std::size_t at = header.palette_at + header.colour_size * i;
    palette[i] = {bytes.byte(at + 2), bytes.byte(at + 1), bytes.byte(at)};
  }
  if (is_grey_ramp(header, palette)) {
    refuse_what_pillow_misreads(header);
    for (std::size_t i = header.colours; i < palette.size(); ++i) {
      palette[i].fill(static_cast<unsigned char>(i));
    }
  }
  return palette;
}

/// Of a pixel in 24 or 32 bits the bytes that are red, green and blue.
using Places = std::array<std::size_t, 3>;

/// Those that Pillow knows. @throws DataError
Places places_of(const Header& header) {
  if (header.compression == kPlain) return {2, 1, 0};
  const Masks& m = header.masks;
  if (header.bits == 24 && m[0] == 0xFF0000 && m[1] == 0xFF00 && m[2] == 0xFF) return {2, 1, 0};
  struct Layout {
    Masks masks;
    Places places;
  };
  static constexpr std::array<Layout, 8> kLayouts{{
      {{0xFF0000, 0xFF00, 0xFF, 0}, {2, 1, 0}},
      {{0xFF0000, 0xFF00, 0xFF, 0xFF000000}, {2, 1, 0}},
      {{0, 0, 0, 0}, {2, 1, 0}},
      {{0xFF000000, 0xFF0000, 0xFF00, 0}, {3, 2, 1}},
      {{0xFF000000, 0xFF0000, 0xFF00, 0xFF}, {3, 2, 1}},
      {{0xFF000000, 0xFF00, 0xFF, 0}, {3, 1, 0}},
      {{0xFF000000, 0xFF00, 0xFF, 0xFF0000}, {3, 1, 0}},
      {{0xFF, 0xFF00, 0xFF0000, 0xFF000000}, {0, 1, 2}},
  }};
  if (header.bits == 32) {
    for (const Layout& layout : kLayouts) {
      if (layout.masks == m) return layout.places;
    }
  }
  throw DataError("colours in the bits {:x}, {:x}, {:x} and {:x} of {}, which Pillow does not read",
                  m[0], m[1], m[2], m[3], header.bits);
}

/// Whether green has six of 16 bits, not five. @throws DataError
bool has_six_green_bits(const Header& header) {
  if (header.compression == kPlain) return false;
  const Masks& m = header.masks;
  if (m[0] == 0xF800 && m[1] == 0x7E0 && m[2] == 0x1F) return true;
  if (m[0] == 0x7C00 && m[1] == 0x3E0 && m[2] == 0x1F) return false;
  throw DataError("colours in the bits {:x}, {:x} and {:x} of 16, which Pillow does not read", m[0],
                  m[1], m[2]);
}

/// A pixel of 16 bits. Pillow cuts what is not whole.
Rgb from_16_bits(unsigned pixel, bool six_green_bits) {
  const auto spread = [](unsigned value, unsigned most) {
    return static_cast<unsigned char>(value * 255 / most);
  };
  const unsigned most_green = six_green_bits ? 63 : 31;
  return {spread(pixel >> (six_green_bits ? 11 : 10) & 31, 31),
          spread(pixel >> 5 & most_green, most_green), spread(pixel & 31, 31)};
}

/// Row after row of an image, from the bottom unless the file begins at the top.
template <typename Unpack>
RgbImage fill(const Header& header, Unpack unpack) {
  RgbImage image = black_image(static_cast<int>(header.width), static_cast<int>(header.height));
  for (int y = 0; y < image.height; ++y) {
    unsigned char* out = image.row(header.top_down ? y : image.height - 1 - y);
    for (int x = 0; x < image.width; ++x, out += 3) {
      std::ranges::copy(unpack(static_cast<std::size_t>(x), static_cast<std::size_t>(y)), out);
    }
  }
  return image;
}

RgbImage read_plain(const Bytes& bytes, const Header& header, const Palette& palette) {
  const auto width = static_cast<std::size_t>(header.width);
  const auto height = static_cast<std::size_t>(header.height);
  const std::size_t stride = (width * header.bits + 31) / 32 * 4;
  const std::size_t needed = stride * (height - 1) + (width * header.bits + 7) / 8;
  const std::string_view rows = bytes.part(header.pixels_at, needed);
  const auto at = [&](std::size_t y, std::size_t x) -> unsigned {
    return static_cast<unsigned char>(rows[y * stride + x]);
  };
  if (header.has_palette()) {
    const std::size_t in_a_byte = 8 / header.bits;
    return fill(header, [&](std::size_t x, std::size_t y) {
      const std::size_t shift = (in_a_byte - 1 - x % in_a_byte) * header.bits;
      return palette[at(y, x / in_a_byte) >> shift & ((1U << header.bits) - 1)];
    });
  }
  if (header.bits == 16) {
    const bool six = has_six_green_bits(header);
    return fill(header, [&](std::size_t x, std::size_t y) {
      return from_16_bits(at(y, 2 * x) + 256 * at(y, 2 * x + 1), six);
    });
  }
  const Places places = places_of(header);
  const std::size_t size = header.bits / 8;
  return fill(header, [&](std::size_t x, std::size_t y) {
    Rgb pixel;
    for (std::size_t c = 0; c < 3; ++c) {
      pixel[c] = static_cast<unsigned char>(at(y, size * x + places[c]));
    }
    return pixel;
  });
}

RgbImage read_runs(const Bytes& bytes, const Header& header, const Palette& palette) {
  const auto width = static_cast<std::size_t>(header.width);
  const std::vector<unsigned char> indices =
      run_length_decoded({bytes.file, header.pixels_at, width,
                          static_cast<std::size_t>(header.height), header.compression == kRle4});
  return fill(header,
              [&](std::size_t x, std::size_t y) { return palette[indices[y * width + x]]; });
}

RgbImage decode(const Bytes& bytes) {
  const Header header = read_header(bytes);
  if (header.compression > kBitFields ||
      (header.compression == kBitFields && header.has_palette()) ||
      (header.compression == kRle8 && header.bits != 8) ||
      (header.compression == kRle4 && header.bits != 4)) {
    throw DataError("compression {} with {} bits a pixel, which is not read", header.compression,
                    header.bits);
  }
  Palette palette{};
  if (header.has_palette()) palette = read_palette(bytes, header);
  return header.is_run_length_coded() ? read_runs(bytes, header, palette)
                                      : read_plain(bytes, header, palette);
}

}  // namespace

RgbImage decode_bmp(std::string_view file) {
  try {
    return decode(Bytes{file});
  } catch (const DataError& error) {
    throw DataError("no readable BMP: {}", error.what());
  }
}

}  // namespace certify
