/// What no decoder reads, and what it says of it. Files are fixtures with some bytes changed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "data/images/rgb_image.h"
#include "tests/data/images/golden.h"

namespace certify {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using namespace std::string_view_literals;

std::string picture(const char* name) { return read_file(picture_folder() / name); }

std::string changed(std::string file, std::size_t at, std::string_view bytes) {
  return file.replace(at, bytes.size(), bytes);
}

auto is_refused(const char* why) { return ThrowsMessage<DataError>(HasSubstr(why)); }

/// A TIFF's entry for a tag, with the lowest byte first, gets another value.
std::string with_tag(const char* name, char tag, std::string_view value) {
  std::string file = picture(name);
  const std::string entry{tag, '\1'};
  const std::size_t at = file.rfind(entry + std::string("\3\0\1\0\0\0", 6));
  EXPECT_NE(at, std::string::npos);
  return file.replace(at + 8, value.size(), value);
}

TEST(DecodeBmp, RefusesWhatIsNotReadWithAReason) {
  const std::string plain = picture("bits_24.bmp");
  const auto decode = [](std::string file) { return [file] { decode_bmp(file); }; };
  EXPECT_THAT(decode("BM"), is_refused("no readable BMP: the file is truncated"));
  EXPECT_THAT(decode(changed(plain, 14, "\x29")), is_refused("a header of 41 bytes; expected 12"));
  EXPECT_THAT(decode(changed(plain, 28, "\x02")), is_refused("2 bits a pixel; expected 1, 4"));
  EXPECT_THAT(decode(changed(plain, 30, "\x04")), is_refused("compression 4 with 24 bits"));
  EXPECT_THAT(decode(changed(plain, 18, "\0\0"sv)), is_refused("0 x 7 pixels"));
  EXPECT_THAT(decode(changed(plain, 18, "\xFF\xFF\xFF\x0F")), is_refused("more pixels than"));
  EXPECT_THAT(decode(changed(picture("bits_8.bmp"), 46, "\x01\x01")), is_refused("257 colours"));
  EXPECT_THAT(decode(changed(picture("bits_16_565.bmp"), 54, "\1")),
              is_refused("f801, 7e0 and 1f"));
  EXPECT_THAT(decode(changed(picture("v4_32_alpha.bmp"), 54, "\1")),
              is_refused("of 32, which Pillow"));
}

TEST(DecodeBmp, RefusesAPaletteThatPillowMisreads) {
  std::string file = picture("bits_4_ten_colours.bmp");
  for (std::size_t i = 0; i < 10; ++i)
    file.replace(54 + 4 * i, 3, std::string(3, static_cast<char>(i)));
  EXPECT_THAT([&] { decode_bmp(file); },
              is_refused("4 bits a pixel with a palette of 10 grey levels"));
}

TEST(DecodePnm, RefusesWhatIsNotReadWithAReason) {
  const auto decode = [](std::string file) { return [file] { decode_image(file); }; };
  EXPECT_THAT(decode("P5 2 2 0 abcd"), is_refused("a largest value of 0; expected 1 to 65535"));
  EXPECT_THAT(decode("P5 2 2 65536 abcd"), is_refused("a largest value of 65536"));
  EXPECT_THAT(decode("P5 -2 2 255 abcd"), is_refused("no number: -"));
  EXPECT_THAT(decode("P5 0 2 255 abcd"), is_refused("0 x 2 pixels"));
  EXPECT_THAT(decode("P5 9999999999 9999999999 255 abcd"), is_refused("more pixels than"));
  EXPECT_THAT(decode("P2 2 1 15 3 16 "), is_refused("16 is above the largest value, 15"));
  EXPECT_THAT(decode("P1 2 1 02"), is_refused("neither 0 nor 1"));
  EXPECT_THAT(decode("P5x2 2 255 abcd"), is_refused("begins with neither of P1 to P6"));
  EXPECT_THAT(decode("P7\nWIDTH 2"), is_refused("neither JPEG, PNG, BMP, TIFF"));
}

TEST(DecodeTiff, RefusesWhatIsNotReadWithAReason) {
  const auto decode = [](std::string file) { return [file] { decode_tiff(file); }; };
  EXPECT_THAT(decode(with_tag("black_8_strips.tif", '\x03', "\6")),
              is_refused("compression 6, which is not"));
  EXPECT_THAT(decode(with_tag("black_8_strips.tif", '\x06', "\x08")),
              is_refused("colours of kind 8"));
  EXPECT_THAT(decode(with_tag("white_2.tif", '\x06', "\3")),
              is_refused("missing required \"Colormap\""));
  EXPECT_THAT(decode(with_tag("black_8_strips.tif", '\x02', "\x20")),
              is_refused("32 bits a sample"));
  EXPECT_THAT(decode(with_tag("colour_8_planes.tif", '\x06', "\6")),
              is_refused("YCbCr without JPEG"));
  EXPECT_THAT(decode(with_tag("alpha_8.tif", '\x06', "\1")), is_refused("no readable TIFF"));
  EXPECT_THAT(decode(with_tag("grey_alpha.tif", '\x52', "\1")),
              is_refused("grey multiplied by alpha"));
  EXPECT_THAT(decode(with_tag("colour_8_alpha_planes.tif", '\x52', "\0"sv)),
              is_refused("no known meaning"));
  EXPECT_THAT(decode(with_tag("colour_16_planes.tif", '\x03', "\1")),
              is_refused("16 bits in separate planes"));
}

TEST(DecodeTiff, SaysNothingOnStandardError) {
  ::testing::internal::CaptureStderr();
  const std::string whole = picture("lzw.tif");
  EXPECT_THROW(decode_tiff(changed(whole, 8, std::string(200, '\x55'))), DataError);
  EXPECT_THROW(decode_tiff(whole.substr(0, whole.size() / 2)), DataError);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(DecodeTiff, RefusesASizeThatWouldNotFitIntoMemory) {
  std::string file = picture("black_8_strips.tif");
  const std::size_t at = file.rfind("\0\1\4\0\1\0\0\0"sv);  // ImageWidth, 32 bits
  ASSERT_NE(at, std::string::npos);
  EXPECT_THAT([&] { decode_tiff(changed(file, at + 8, "\xFF\xFF\xFF\x7F")); },
              is_refused("more pixels than"));
}

TEST(DecodeWebp, RefusesDamageAndSizesThatWouldNotFitIntoMemory) {
  const std::string whole = picture("animated.webp");
  EXPECT_THAT([&] { decode_webp(whole.substr(0, 100)); },
              is_refused("no readable WebP: damaged or truncated"));
  // The canvas: 24 bits each of width and height, less one.
  EXPECT_THAT([&] { decode_webp(changed(whole, 24, "\xFF\x7F\0\xFF\x7F\0"sv)); },
              is_refused("more pixels than"));
}

TEST(DecodeLosslessJpeg, RefusesWhatPillowDoesNotConvert) {
  const std::string colour = picture("lossless_colour_1.jpg");
  const std::string jfif("\xFF\xE0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0", 18);
  EXPECT_THAT([&] { decode_jpeg(std::string(colour).insert(2, jfif)); },
              is_refused("no readable JPEG: lossless YCbCr, which Pillow does not read"));
  const std::string grey = picture("lossless_grey_1.jpg");
  EXPECT_EQ(decode_jpeg(std::string(grey).insert(2, jfif)), decode_jpeg(grey));
}

TEST(DecodeLosslessJpeg, RefusesDamageWithAReason) {
  const std::string whole = picture("lossless_restarts.jpg");
  const std::size_t frame = whole.find("\xFF\xC3");
  const std::size_t restart = whole.find("\xFF\xD1");
  const std::size_t scan = whole.find("\xFF\xDA");
  const auto decode = [](std::string file) { return [file] { decode_jpeg(file); }; };
  EXPECT_THAT(decode(changed(whole, frame + 4, "\x0C")),
              is_refused("12 bits and 3 components; 8 and 1 or 3"));
  EXPECT_THAT(decode(changed(whole, frame + 5, "\xFF\xFF\xFF\xFF")),
              is_refused("more pixels than"));
  EXPECT_THAT(decode(changed(whole, frame + 5, "\x10\x00\x10\x00"sv)), is_refused("truncated"));
  EXPECT_THAT(decode(changed(whole, restart + 1, "\xD5")), is_refused("a restart mark is missing"));
  EXPECT_THAT(decode(changed(whole, scan + 11, "\x08")), is_refused("predictor 8"));
  EXPECT_THAT(decode(whole.substr(0, whole.size() - 2)), is_refused("the file is truncated"));
}

}  // namespace
}  // namespace certify
