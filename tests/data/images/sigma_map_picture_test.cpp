#include "data/images/element_pictures.h"

#include <vector>

#include <gtest/gtest.h>

#include "data/images/rgb_image.h"

namespace certify {
namespace {

std::vector<int> pixel(const RgbImage& picture, int x, int y) {
  const unsigned char* at = picture.row(y) + 3 * x;
  return {at[0], at[1], at[2]};
}

// 2 × 2 elements are magnified 112 times, behind a margin of 8 pixels.
TEST(SigmaMapPicture, IsLinearFromTheSmallestInBlackToTheLargestInWhite) {
  const RgbImage picture = sigma_map_picture(make_sigma_map({1, 2, 2}, {0.1, 0.3, 0.2, 0.15}));
  EXPECT_EQ(picture.width, 224 + 16);
  EXPECT_EQ(picture.height, 224 + 16);
  EXPECT_EQ(pixel(picture, 0, 0), (std::vector{255, 255, 255}));
  EXPECT_EQ(pixel(picture, 8, 8), (std::vector{0, 0, 0}));
  EXPECT_EQ(pixel(picture, 8 + 112, 8), (std::vector{255, 255, 255}));
  EXPECT_EQ(pixel(picture, 8, 8 + 112), (std::vector{128, 128, 128}));
  EXPECT_EQ(pixel(picture, 8 + 223, 8 + 223), (std::vector{64, 64, 64}));
}

TEST(SigmaMapPicture, OfThreeChannelsHasThemTogetherInColourAndThenEachInGrey) {
  const RgbImage picture = sigma_map_picture(make_sigma_map({3, 1, 1}, {1, 2, 3}));
  EXPECT_EQ(picture.width, 4 * (224 + 8) + 8);
  EXPECT_EQ(pixel(picture, 10, 10), (std::vector{0, 128, 255}));
  EXPECT_EQ(pixel(picture, 10 + 232, 10), (std::vector{0, 0, 0}));
  EXPECT_EQ(pixel(picture, 10 + 2 * 232, 10), (std::vector{128, 128, 128}));
  EXPECT_EQ(pixel(picture, 10 + 3 * 232, 10), (std::vector{255, 255, 255}));
}

TEST(SigmaMapPicture, OfTwoChannelsBeginsWithTheirMeanAndOfAConstantIsGrey) {
  EXPECT_EQ(pixel(sigma_map_picture(make_sigma_map({2, 1, 1}, {1, 3})), 10, 10),
            (std::vector{128, 128, 128}));
  EXPECT_EQ(pixel(sigma_map_picture(make_sigma_map({1, 1, 1}, {0.25})), 10, 10),
            (std::vector{128, 128, 128}));
}

TEST(SigmaMapPicture, AFewLargeElementsDoNotMakeTheOthersBlack) {
  std::vector<double> values(100, 0.5);
  values[0] = 0.25;
  values[99] = values[50] = 40;
  const SigmaMap map = make_sigma_map({1, 10, 10}, values);
  EXPECT_EQ(whitest_sigma(map), 0.5);
  const RgbImage picture = sigma_map_picture(map);
  EXPECT_EQ(pixel(picture, 8, 8), (std::vector{0, 0, 0}));
  EXPECT_EQ(pixel(picture, 8 + 23, 8), (std::vector{255, 255, 255}));
  EXPECT_EQ(pixel(picture, 8 + 229, 8 + 229), (std::vector{255, 255, 255}));
}

TEST(SigmaMapPicture, OneElementThatDiffersIsWhite) {
  std::vector<double> values(100, 0.5);
  values[99] = 0.75;
  const RgbImage picture = sigma_map_picture(make_sigma_map({1, 10, 10}, values));
  EXPECT_EQ(pixel(picture, 8, 8), (std::vector{0, 0, 0}));
  EXPECT_EQ(pixel(picture, 8 + 229, 8 + 229), (std::vector{255, 255, 255}));
}

TEST(SigmaMapPicture, LargeMapsKeepTheirSize) {
  const SigmaMap map = make_sigma_map({1, 300, 200}, std::vector<double>(60000, 1));
  const RgbImage picture = sigma_map_picture(map);
  EXPECT_EQ(picture.width, 200 + 16);
  EXPECT_EQ(decode_png(encode_png(picture)), picture);
}

}  // namespace
}  // namespace certify
