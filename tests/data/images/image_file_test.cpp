#include "data/images/rgb_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>
#include <string>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "tests/data/images/golden.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// The golden values of every picture, by its name.
std::map<std::string, nlohmann::json> all_pictures() {
  std::map<std::string, nlohmann::json> all = picture_golden().at("fixtures");
  all.merge(picture_golden().at("other kinds").get<std::map<std::string, nlohmann::json>>());
  return all;
}

/// How many bytes must be missing to be missed: not the fill of a BMP's last row or its mark for
/// the end of run-length codes, not a digit of the last number of a plain PNM, not the second page
/// of a TIFF.
std::size_t spare_bytes(const std::string& name) {
  if (name == "two_pages.tif") return 180;
  return name.ends_with(".bmp") || name.starts_with("plain") ? 8 : 1;
}

TEST(ReadImage, GivesPillowsPixels) {
  const auto golden = all_pictures();
  ASSERT_EQ(golden.size(), 122U);
  for (const auto& [name, expected] : golden) {
    SCOPED_TRACE(name);
    try {
      const RgbImage image = read_image(picture_folder() / name);
      EXPECT_EQ(image.width, expected.at("size").at(0));
      EXPECT_EQ(image.height, expected.at("size").at(1));
      EXPECT_EQ(sha256_of_pixels(image), expected.at("pixels").get<std::string>());
    } catch (const DataError& error) {
      ADD_FAILURE() << error.what();
    }
  }
}

TEST(ReadImage, RefusesEveryFileThatIsCutShort) {
  std::int64_t cuts = 0;
  for (const auto& [name, expected] : all_pictures()) {
    const std::string whole = read_file(picture_folder() / name);
    const std::size_t step = whole.size() / 60 + 1;
    for (std::size_t size = whole.size() - spare_bytes(name); size > step; size -= step, ++cuts) {
      EXPECT_THROW(decode_image(whole.substr(0, size)), DataError) << name << " cut to " << size;
    }
  }
  EXPECT_GT(cuts, 1000);
}

TEST(ReadImage, SaysThatAJpegIsTruncated) {
  const TemporaryFolder folder;
  const std::string whole = read_file(picture_folder() / "progressive.jpg");
  const auto file = folder.write("val/half.JPEG", whole.substr(0, whole.size() / 2));
  EXPECT_THAT([&] { read_image(file); },
              ThrowsMessage<DataError>(AllOf(HasSubstr("val/half.JPEG: no readable JPEG"),
                                             HasSubstr("the file is truncated"))));
}

TEST(ReadImage, SurvivesDamageAnywhere) {
  std::int64_t read = 0, refused = 0;
  for (const char* name : {"colour_420.jpg", "progressive.jpg", "ycck.jpg", "palette.png"}) {
    const std::string whole = read_file(picture_folder() / name);
    for (std::size_t at = 3; at < whole.size(); at += 7) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ (at % 2 == 0 ? 0xFF : 0x10));
      try {
        const RgbImage image = decode_image(damaged);
        EXPECT_EQ(image.bytes.size(), std::size_t{3} * static_cast<std::size_t>(image.width) *
                                          static_cast<std::size_t>(image.height));
        ++read;
      } catch (const DataError&) {
        ++refused;
      }
    }
  }
  EXPECT_GT(read, 100);  // flipped pixels are no damage that a JPEG shows
  EXPECT_GT(refused, 100);
}

TEST(ReadImage, RefusesWhatIsNoPicture) {
  const TemporaryFolder folder;
  EXPECT_THAT([&] { read_image(folder.write("a.JPEG", "")); },
              ThrowsMessage<DataError>(HasSubstr("a.JPEG: an empty file")));
  EXPECT_THAT([&] { read_image(folder.write("b.JPEG", "GIF89a...")); },
              ThrowsMessage<DataError>(HasSubstr("b.JPEG: neither JPEG, PNG, BMP")));
  EXPECT_THROW(read_image(folder.path()), DataError);
  EXPECT_THROW(read_image(folder / "not there"), IoError);
  const std::string pipe = folder / "pipe.JPEG";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT([&] { read_image(pipe); },
              ThrowsMessage<DataError>(HasSubstr("pipe.JPEG: not a regular file")));
}

TEST(ReadImage, RefusesAPictureThatWouldNotFitIntoMemory) {
  std::string bomb = read_file(picture_folder() / "colour_420.jpg");
  const std::size_t frame = bomb.find("\xFF\xC0");
  bomb.replace(frame + 5, 4, "\xFF\x00\xFF\x00", 4);  // 65280 x 65280
  EXPECT_THAT([&] { decode_jpeg(bomb); }, ThrowsMessage<DataError>(HasSubstr("more pixels")));
}

TEST(Png, IsReadBackAsWritten) {
  RgbImage image = black_image(5, 3);
  for (std::size_t i = 0; i < image.bytes.size(); ++i) {
    image.bytes[i] = static_cast<unsigned char>(i * 37);
  }
  EXPECT_EQ(decode_png(encode_png(image)), image);
  EXPECT_THROW(encode_png(black_image(0, 3)), IoError);
}

}  // namespace
}  // namespace certify
