#include "apps/certify/show/noise_sheet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "data/dataset.h"

namespace certify {
namespace {

using ::testing::HasSubstr;

LabeledImage grey(std::int64_t index, int side = 64) {
  return {index, 0, {{3, side, side}, std::vector<float>(std::size_t{3} * side * side, 0.5F)}};
}

TEST(NoisyPicture, WithoutNoiseIsTheImage) {
  const auto data = open_dataset({.name = "shapes", .split = "test"});
  const LabeledImage image = data->at(5);
  const RgbImage picture = noisy_picture(image, gaussian_noise(0), 1);
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 32; ++x) {
      for (int c = 0; c < 3; ++c) {
        const auto at = static_cast<std::size_t>(c * 1024 + y * 32 + x);
        ASSERT_EQ(static_cast<float>(picture.row(y)[3 * x + c]) / 255.0F, image.image.pixels[at]);
      }
    }
  }
}

TEST(NoisyPicture, HasTheSpreadThatWasAskedFor) {
  const RgbImage picture = noisy_picture(grey(3), gaussian_noise(0.1), 1);
  double sum = 0, squares = 0;
  for (const unsigned char byte : picture.bytes) {
    const double value = byte / 255.0 - 0.5;
    sum += value;
    squares += value * value;
  }
  const auto n = static_cast<double>(picture.bytes.size());  // 12288: standard error 0.0009
  EXPECT_NEAR(sum / n, 0, 0.005);
  EXPECT_NEAR(std::sqrt(squares / n), 0.1, 0.005);
}

TEST(NoisyPicture, DependsOnSeedAndImageOnly) {
  EXPECT_EQ(noisy_picture(grey(3), gaussian_noise(0.5), 1),
            noisy_picture(grey(3), gaussian_noise(0.5), 1));
  EXPECT_NE(noisy_picture(grey(3), gaussian_noise(0.5), 1),
            noisy_picture(grey(4), gaussian_noise(0.5), 1));
  EXPECT_NE(noisy_picture(grey(3), gaussian_noise(0.5), 1),
            noisy_picture(grey(3), gaussian_noise(0.5), 2));
}

TEST(NoiseSheet, HasARowAnImageAndAColumnASigma) {
  const std::array images{grey(0, 32), grey(1, 32)};
  const std::array sigmas{0.0, 0.25, 1.0};
  const NoiseSheet sheet = noise_sheet(images, kGaussian, sigmas, 0);
  EXPECT_EQ(sheet.tile_height, 128);  // 32 pixels, four times
  EXPECT_EQ(sheet.picture.width, 3 * (128 + sheet.gap) + sheet.gap);
  EXPECT_EQ(sheet.picture.height, 2 * (128 + sheet.gap) + sheet.gap);
  EXPECT_EQ(sheet.picture.row(0)[0], 255);                                    // the gap is white
  EXPECT_EQ(sheet.picture.row(sheet.gap)[3 * sheet.gap], 128);                // 0.5, rounded
  EXPECT_EQ(sheet.picture.row(sheet.gap + 127)[3 * (sheet.gap + 127)], 128);  // σ = 0 throughout
}

TEST(NoiseSheet, AsSvgNamesColumnsAndRows) {
  const std::array images{grey(0, 32)};
  const std::array sigmas{0.0, 0.25};
  EXPECT_THAT(noise_sheet_svg(noise_sheet(images, kGaussian, sigmas, 0), sigmas, {"a <b>"}),
              ::testing::AllOf(HasSubstr("σ = 0.25</text>"), HasSubstr("a &lt;b&gt;"),
                               HasSubstr("data:image/png;base64,iVBORw0KGgo")));
}

}  // namespace
}  // namespace certify
