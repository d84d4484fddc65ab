#include "data/images/rgb_image.h"

#include <fmt/format.h>

#include <array>
#include <csetjmp>
#include <cstdio>  // jpeglib.h wants it
#include <utility>
#include <vector>

#include <jpeglib.h>

#include "core/base/errors.h"
#include "data/images/decoding.h"
#include "data/images/lossless_jpeg.h"

namespace certify {
namespace {

/// libjpeg reports a fatal error by a call that must not return: it jumps back to where `escape`
/// was set, so no function in between may hold anything with a destructor.
struct Decoder {
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  std::jmp_buf escape{};
  std::array<char, JMSG_LENGTH_MAX> message{};

  ~Decoder() { jpeg_destroy_decompress(&info); }
};

[[noreturn]] void escape_with_message(j_common_ptr info) {
  Decoder& decoder = *static_cast<Decoder*>(info->client_data);
  decoder.errors.format_message(info, decoder.message.data());
  std::longjmp(decoder.escape, 1);
}

[[noreturn]] void escape_with(Decoder& decoder, std::string_view message) {
  message.copy(decoder.message.data(), decoder.message.size() - 1);
  std::longjmp(decoder.escape, 1);
}

/// There is never more than the file; libjpeg itself would invent an end and fill up with grey.
[[noreturn]] boolean no_more_input(j_decompress_ptr info) {
  escape_with(*static_cast<Decoder*>(info->client_data), "the file is truncated");
}

void prepare(Decoder& decoder, std::string_view file) {
  jpeg_decompress_struct& info = decoder.info;
  info.err = jpeg_std_error(&decoder.errors);
  info.client_data = &decoder;
  decoder.errors.error_exit = &escape_with_message;
  decoder.errors.output_message = [](j_common_ptr) {};  // warnings: Pillow is silent too
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(file.data()), file.size());
  info.src->fill_input_buffer = &no_more_input;
}

J_COLOR_SPACE colours_of(Decoder& decoder) {
  switch (decoder.info.num_components) {
    case 1:
      return JCS_GRAYSCALE;
    case 3:
      return JCS_RGB;
    case 4:
      return JCS_CMYK;
    default:
      escape_with(decoder, "neither one, three nor four colour components");
  }
}

/// The raw rows, `out_color_components` bytes a pixel. @return false after an error
bool decode(Decoder& decoder, std::string_view file, std::vector<unsigned char>& rows) {
  if (setjmp(decoder.escape) != 0) return false;  // NOLINT: libjpeg's way
  prepare(decoder, file);
  jpeg_decompress_struct& info = decoder.info;
  jpeg_read_header(&info, TRUE);
  if (std::int64_t{info.image_width} * info.image_height > kMostPixels) {
    escape_with(decoder, "more pixels than anybody means to certify");
  }
  info.out_color_space = colours_of(decoder);
  jpeg_start_decompress(&info);
  const std::size_t stride =
      std::size_t{info.output_width} * static_cast<std::size_t>(info.output_components);
  rows.resize(stride * info.output_height);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = rows.data() + stride * info.output_scanline;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  return true;
}

/// Pixels as libjpeg leaves them, in 1, 3 or 4 components, as RGB.
RgbImage to_rgb(const jpeg_decompress_struct& info, std::vector<unsigned char>&& rows) {
  RgbImage image{static_cast<int>(info.output_width), static_cast<int>(info.output_height), {}};
  if (info.output_components == 3) {
    image.bytes = std::move(rows);
    return image;
  }
  const auto components = static_cast<std::size_t>(info.output_components);
  const std::size_t pixels = rows.size() / components;
  image.bytes.resize(pixels * 3);
  for (std::size_t p = 0; p < pixels; ++p) {
    const unsigned char* in = rows.data() + p * components;
    unsigned char* out = image.bytes.data() + p * 3;
    for (std::size_t c = 0; c < 3; ++c) {
      out[c] = components == 1 ? in[0] : without_ink(255 - in[c], 255 - in[3]);  // inverted CMYK
    }
  }
  return image;
}

}  // namespace

RgbImage decode_jpeg(std::string_view file) {
  if (is_lossless_jpeg(file)) return decode_lossless_jpeg(file);
  Decoder decoder;
  std::vector<unsigned char> rows;
  if (!decode(decoder, file, rows)) {
    throw DataError("no readable JPEG: {}", decoder.message.data());
  }
  return to_rgb(decoder.info, std::move(rows));
}

}  // namespace certify
