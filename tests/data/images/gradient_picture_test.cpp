#include "data/images/element_pictures.h"

#include <vector>

#include <gtest/gtest.h>

#include "core/base/errors.h"

namespace certify {
namespace {

std::vector<int> pixel(const RgbImage& picture, int x, int y) {
  const unsigned char* at = picture.row(y) + 3 * x;
  return {at[0], at[1], at[2]};
}

TEST(GradientPicture, IsRedWhereBrighterRaisesAndBlueWhereItLowers) {
  const std::vector<float> gradient{0.5f, -0.25f, 0, -0.5f};
  const RgbImage picture = gradient_picture({1, 2, 2}, gradient);
  EXPECT_EQ(pixel(picture, 0, 0), (std::vector{255, 0, 0}));
  EXPECT_EQ(pixel(picture, 1, 0), (std::vector{128, 128, 255}));
  EXPECT_EQ(pixel(picture, 0, 1), (std::vector{255, 255, 255}));
  EXPECT_EQ(pixel(picture, 1, 1), (std::vector{0, 0, 255}));
}

TEST(GradientPicture, ChannelsOfAPixelCountTogether) {
  const std::vector<float> gradient{1, -1, 0, /* next pixel */ -1, -1, -2};
  const RgbImage picture = gradient_picture({3, 1, 2}, gradient);
  EXPECT_EQ(picture.width, 2);
  EXPECT_EQ(pixel(picture, 0, 0), (std::vector{255, 255, 255}));
  EXPECT_EQ(pixel(picture, 1, 0), (std::vector{0, 0, 255}));
}

TEST(GradientPicture, OfZeroIsWhiteAndOfAnotherSizeIsRefused) {
  const std::vector<float> zeros(4);
  EXPECT_EQ(pixel(gradient_picture({1, 2, 2}, zeros), 1, 1), (std::vector{255, 255, 255}));
  EXPECT_THROW(gradient_picture({1, 2, 3}, zeros), InputError);
}

}  // namespace
}  // namespace certify
