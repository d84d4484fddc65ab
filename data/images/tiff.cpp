#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "data/images/decoding.h"
#include "data/images/tiff_format.h"
#include "data/images/tiff_in_memory.h"

namespace certify {
namespace {

/// The i-th sample of a row. Fewer than 8 bits are packed from the highest.
unsigned sample_at(const unsigned char* row, std::size_t i, unsigned bits) {
  if (bits == 16) {
    std::uint16_t value = 0;  // libtiff has brought it to this machine's order
    std::memcpy(&value, row + 2 * i, 2);
    return value;
  }
  const std::size_t bit = i * bits;
  return static_cast<unsigned>(row[bit / 8] >> (8 - bits - bit % 8)) & ((1U << bits) - 1);
}

/// The strips or tiles of a picture, one in memory at a time.
class Blocks {
 public:
  Blocks(const Tiff& tiff, const TiffFormat& format, int width, int height)
      : tiff_(tiff), format_(format), tiled_(TIFFIsTiled(tiff.get()) != 0) {
    if (tiled_) {
      width_ = tiff.field<std::uint32_t>(TIFFTAG_TILEWIDTH, "tiles' width");
      height_ = tiff.field<std::uint32_t>(TIFFTAG_TILELENGTH, "tiles' height");
      row_bytes_ = TIFFTileRowSize64(tiff.get());
    } else {
      width_ = static_cast<std::uint32_t>(width);
      height_ = std::min(tiff.field<std::uint32_t>(TIFFTAG_ROWSPERSTRIP, "rows a strip"),
                         static_cast<std::uint32_t>(height));
      row_bytes_ = TIFFScanlineSize64(tiff.get());
    }
    planes_.resize(format.separate ? format.samples_used() : 1);
    const std::uint64_t in_a_row = std::uint64_t{width_} * (format.separate ? 1 : format.samples);
    if (width_ == 0 || height_ == 0 || row_bytes_ < (in_a_row * format.bits + 7) / 8 ||
        row_bytes_ > kMostBytes / height_ / planes_.size()) {
      throw DataError("tiles or strips of {} x {} pixels", width_, height_);
    }
    // Tiles reach beyond the picture, and may all be the same few bytes of the file.
    constexpr std::uint64_t kMostOfATile = std::uint64_t{4096} * 4096;
    const auto area = static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height);
    if (tiled_ && std::uint64_t{width_} * height_ > std::max(area, kMostOfATile)) {
      throw DataError("tiles of {} x {} pixels in a picture of {} x {}", width_, height_, width,
                      height);
    }
  }

  std::uint32_t width() const { return width_; }
  std::uint32_t height() const { return height_; }

  /// Reads the one that begins at a pixel. @param rows  of the picture that it holds
  void read(std::uint32_t x, std::uint32_t y, std::uint32_t rows) {
    const auto bytes = static_cast<tmsize_t>(row_bytes_ * (tiled_ ? height_ : rows));
    for (std::uint16_t plane = 0; plane < planes_.size(); ++plane) {
      auto& buffer = planes_[plane];
      buffer.resize(static_cast<std::size_t>(row_bytes_) * height_);
      TIFF* tiff = tiff_.get();
      const tmsize_t got = tiled_ ? TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, x, y, 0, plane),
                                                        buffer.data(), bytes)
                                  : TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, y, plane),
                                                         buffer.data(), bytes);
      if (got != bytes) tiff_.fail();
    }
  }

  /// Of the block that was read last. @param x, y  inside it
  std::array<unsigned, 4> samples(std::uint32_t x, std::uint32_t y) const {
    std::array<unsigned, 4> values{};
    for (std::size_t s = 0; s < format_.samples_used(); ++s) {
      const auto& plane = planes_[format_.separate ? s : 0];
      const std::size_t i = format_.separate ? x : std::size_t{x} * format_.samples + s;
      values[s] =
          sample_at(plane.data() + y * static_cast<std::size_t>(row_bytes_), i, format_.bits);
    }
    return values;
  }

 private:
  const Tiff& tiff_;
  TiffFormat format_;
  bool tiled_;
  std::uint32_t width_ = 0, height_ = 0;
  std::uint64_t row_bytes_ = 0;
  std::vector<std::vector<unsigned char>> planes_;
};

RgbImage read_pixels(const Tiff& tiff, const TiffFormat& format, int width, int height) {
  const TiffColours colours(tiff, format);
  Blocks blocks(tiff, format, width, height);
  const auto columns = static_cast<std::uint32_t>(width), rows = static_cast<std::uint32_t>(height);
  RgbImage image;  // allocated when the first block could be read
  for (std::uint32_t top = 0; top < rows; top += blocks.height()) {
    const std::uint32_t below = std::min(blocks.height(), rows - top);
    for (std::uint32_t left = 0; left < columns; left += blocks.width()) {
      blocks.read(left, top, below);
      if (image.bytes.empty()) image = black_image(width, height);
      const std::uint32_t beside = std::min(blocks.width(), columns - left);
      for (std::uint32_t y = 0; y < below; ++y) {
        unsigned char* out = image.row(static_cast<int>(top + y)) + std::size_t{3} * left;
        for (std::uint32_t x = 0; x < beside; ++x, out += 3) {
          std::ranges::copy(colours(blocks.samples(x, y)), out);
        }
      }
    }
  }
  return image;
}

/// The tag's value, 1 to 8. @throws DataError if only XMP has one, which not all of Pillow's
/// versions look for.
int orientation_of(const Tiff& tiff) {
  std::uint16_t value = 1;
  if (TIFFGetField(tiff.get(), TIFFTAG_ORIENTATION, &value) == 1) return value;
  std::uint32_t size = 0;
  const char* xmp = nullptr;
  if (TIFFGetField(tiff.get(), TIFFTAG_XMLPACKET, &size, &xmp) == 1 &&
      std::string_view(xmp, size).find("tiff:Orientation") != std::string_view::npos) {
    throw DataError("an orientation in XMP alone, which Pillow's versions treat differently");
  }
  return 1;
}

/// As TIFF 6.0 numbers them: 2 to 4 mirror rows or columns, 5 to 8 swap them as well.
RgbImage turned(RgbImage image, int orientation) {
  if (orientation < 2 || orientation > 8) return image;
  const bool swapped = orientation >= 5;
  const bool from_right = orientation == 2 || orientation == 3 || orientation >= 7;
  const bool from_below =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  RgbImage out =
      swapped ? black_image(image.height, image.width) : black_image(image.width, image.height);
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x) {
      const int across = swapped ? y : x, down = swapped ? x : y;
      const unsigned char* from = image.row(from_below ? image.height - 1 - down : down) +
                                  3 * (from_right ? image.width - 1 - across : across);
      std::copy_n(from, 3, out.row(y) + 3 * x);
    }
  }
  return out;
}

RgbImage decode(std::string_view file) {
  const Tiff tiff(file);
  const auto width = tiff.field<std::uint32_t>(TIFFTAG_IMAGEWIDTH, "width");
  const auto height = tiff.field<std::uint32_t>(TIFFTAG_IMAGELENGTH, "height");
  check_size(width, height);
  const int orientation = orientation_of(tiff);
  const TiffFormat format = read_format(tiff);
  RgbImage image = read_pixels(tiff, format, static_cast<int>(width), static_cast<int>(height));
  tiff.check_end();
  return turned(std::move(image), orientation);
}

}  // namespace

RgbImage decode_tiff(std::string_view file) {
  try {
    return decode(file);
  } catch (const DataError& error) {
    throw DataError("no readable TIFF: {}", error.what());
  }
}

}  // namespace certify
