#include "data/images/rgb_image.h"

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "core/base/errors.h"
#include "tests/data/images/golden.h"
#include "tests/support/source_dir.h"

namespace certify {
namespace {

TEST(Frame, GivesPillowsPixelsWhateverIsAskedFor) {
  for (const auto& [name, expected] : picture_golden().at("fixtures").items()) {
    const RgbImage image = read_image(picture_folder() / name);
    ASSERT_EQ(expected.at("framed").size(), 6U);
    for (const auto& [words, pixels] : expected.at("framed").items()) {
      Framing framing;
      ASSERT_EQ(
          std::sscanf(words.c_str(), "%d %dx%d", &framing.resize, &framing.height, &framing.width),
          3);
      const RgbImage framed = frame(image, framing);
      EXPECT_EQ(framed.height, framing.height);
      EXPECT_EQ(framed.width, framing.width);
      EXPECT_EQ(sha256_of_pixels(framed), pixels.get<std::string>()) << name << " " << words;
    }
  }
}

TEST(Resize, GivesPillowsPixelsWithSidesOutOfProportion) {
  for (const auto& [name, expected] : picture_golden().at("fixtures").items()) {
    const RgbImage image = read_image(picture_folder() / name);
    ASSERT_EQ(expected.at("stretched").size(), 2U);
    for (const auto& [words, pixels] : expected.at("stretched").items()) {
      int height = 0, width = 0;
      ASSERT_EQ(std::sscanf(words.c_str(), "%dx%d", &height, &width), 2);
      EXPECT_EQ(sha256_of_pixels(resize(image, width, height)), pixels.get<std::string>())
          << name << " " << words;
    }
  }
}

TEST(Frame, LeavesAPictureOfTheRightSizeAlone) {
  const RgbImage image = read_image(picture_folder() / "grey.jpg");  // 33 wide, 50 high
  EXPECT_EQ(frame(image, {0, 50, 33}), image);
  EXPECT_EQ(frame(image, {33, 50, 33}), image);
}

TEST(Frame, PadsWithBlackWhereTheCropIsLarger) {
  RgbImage white = black_image(2, 3);
  for (unsigned char& byte : white.bytes) byte = 255;
  const RgbImage framed = frame(white, {0, 4, 5});  // (4 - 3) / 2 = 0 above, (5 - 2) / 2 = 1 left
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 5; ++x) {
      EXPECT_EQ(framed.row(y)[3 * x], y < 3 && (x == 1 || x == 2) ? 255 : 0) << y << ", " << x;
    }
  }
}

TEST(Frame, OfAConstantPictureIsConstant) {
  RgbImage image = black_image(37, 91);
  for (unsigned char& byte : image.bytes) byte = 201;
  for (const Framing& framing : {Framing{16, 16, 16}, Framing{128, 128, 90}, Framing{1, 1, 1}}) {
    EXPECT_THAT(frame(image, framing).bytes, ::testing::Each(201));
  }
}

TEST(Frame, RefusesToBlowUpAThread) {
  EXPECT_THROW(frame(black_image(60000, 1), {256, 224, 224}), DataError);
}

// The real images that developers of this project keep beside the checkout.
TEST(Frame, OfImagenetsImagesIsPillows) {
  const std::filesystem::path root = std::filesystem::path(CERTIFY_SOURCE_DIR) / ".." / "shared" /
                                     "data" / "imagenet-sample" / "val";
  if (!std::filesystem::exists(root)) GTEST_SKIP() << "no " << root;
  const auto golden = picture_golden().at("imagenet");
  ASSERT_EQ(golden.size(), 46U);
  for (const auto& [name, pixels] : golden.items()) {
    EXPECT_EQ(sha256_of_pixels(frame(read_image(root / name), {256, 224, 224})),
              pixels.get<std::string>())
        << name;
  }
}

}  // namespace
}  // namespace certify
