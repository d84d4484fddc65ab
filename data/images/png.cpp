#include "data/images/rgb_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstring>
#include <vector>

#include <png.h>

#include "core/base/errors.h"

namespace certify {
namespace {

/// libpng reports a fatal error by a call that must not return: it jumps back to where `escape` was
/// set, so no function in between may hold anything with a destructor.
struct Decoder {
  std::string_view left;  ///< of the file
  std::jmp_buf escape{};
  std::array<char, 256> message{};
  png_structp png = nullptr;
  png_infop info = nullptr;
  int width = 0, height = 0;
  bool deep_grey = false;  ///< rows are 16 bits a pixel, high byte first; otherwise RGB

  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }
};

[[noreturn]] void escape_with(png_structp png, png_const_charp message) {
  auto& decoder = *static_cast<Decoder*>(png_get_error_ptr(png));
  std::string_view(message).copy(decoder.message.data(), decoder.message.size() - 1);
  std::longjmp(decoder.escape, 1);
}

void read_bytes(png_structp png, png_bytep out, std::size_t count) {
  auto& decoder = *static_cast<Decoder*>(png_get_io_ptr(png));
  if (decoder.left.size() < count) escape_with(png, "the file is truncated");
  std::memcpy(out, decoder.left.data(), count);
  decoder.left.remove_prefix(count);
}

/// RGB with 8 bits, but for grey with 16.
void choose_rows(Decoder& decoder) {
  const png_structp png = decoder.png;
  const int depth = png_get_bit_depth(png, decoder.info);
  const int colours = png_get_color_type(png, decoder.info);
  decoder.deep_grey = depth == 16 && colours == PNG_COLOR_TYPE_GRAY;
  if (colours == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (colours == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
  if (!decoder.deep_grey) {
    png_set_strip_16(png);
    if ((colours & PNG_COLOR_MASK_COLOR) == 0) png_set_gray_to_rgb(png);
  }
  png_set_strip_alpha(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, decoder.info);
}

/// @return false after an error
bool read_header(Decoder& decoder) {
  if (setjmp(decoder.escape) != 0) return false;  // NOLINT: libpng's way
  const auto silent = [](png_structp, png_const_charp) {};
  decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder, &escape_with, silent);
  if (decoder.png != nullptr) decoder.info = png_create_info_struct(decoder.png);
  if (decoder.info == nullptr) return false;
  png_set_read_fn(decoder.png, &decoder, &read_bytes);
  png_read_info(decoder.png, decoder.info);
  const std::int64_t width = png_get_image_width(decoder.png, decoder.info);
  const std::int64_t height = png_get_image_height(decoder.png, decoder.info);
  if (width * height > kMostPixels) {
    escape_with(decoder.png, "more pixels than anybody means to certify");
  }
  choose_rows(decoder);
  decoder.width = static_cast<int>(width);
  decoder.height = static_cast<int>(height);
  return true;
}

/// @return false after an error
bool read_rows(Decoder& decoder, std::vector<png_bytep>& rows) {
  if (setjmp(decoder.escape) != 0) return false;  // NOLINT: libpng's way
  png_read_image(decoder.png, rows.data());
  png_read_end(decoder.png, nullptr);
  return true;
}

/// Moves 16 bits a pixel, at the front of `image.bytes`, to RGB in place. Pillow cuts them at 255.
void cut_deep_grey(RgbImage& image) {
  for (std::size_t pixel = image.bytes.size() / 3; pixel-- > 0;) {
    const bool above = image.bytes[2 * pixel] != 0;
    const unsigned char level = above ? 255 : image.bytes[2 * pixel + 1];
    std::fill_n(image.bytes.begin() + static_cast<std::ptrdiff_t>(3 * pixel), 3, level);
  }
}

}  // namespace

RgbImage decode_png(std::string_view file) {
  Decoder decoder{.left = file};
  RgbImage image;
  bool decoded = read_header(decoder);
  if (decoded) {
    image = black_image(decoder.width, decoder.height);
    const auto row = static_cast<std::size_t>(image.width) * (decoder.deep_grey ? 2 : 3);
    std::vector<png_bytep> rows;
    for (int y = 0; y < image.height; ++y) {
      rows.push_back(image.bytes.data() + row * static_cast<std::size_t>(y));
    }
    decoded = read_rows(decoder, rows);
    if (decoded && decoder.deep_grey) cut_deep_grey(image);
  }
  if (!decoded) throw DataError("no readable PNG: {}", decoder.message.data());
  return image;
}

std::string encode_png(const RgbImage& image) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(image.width);
  header.height = static_cast<png_uint_32>(image.height);
  header.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(header);
  std::string file(size, '\0');
  if (!png_image_write_to_memory(&header, file.data(), &size, 0, image.bytes.data(), 0, nullptr)) {
    throw IoError("cannot write a PNG of {} x {} pixels: {}", image.width, image.height,
                  header.message);
  }
  file.resize(size);
  return file;
}

}  // namespace certify
