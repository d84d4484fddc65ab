#include "apps/certify/show/noise_sheet.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/report/figures/image_card.h"
#include "core/report/tables/text.h"
#include "data/images/rgb_image.h"

namespace certify {
namespace {

constexpr int kLeastTile = 112;  // height in pixels to which small images are magnified
constexpr int kGap = 6;

/// Copies a tile to (left, top), each pixel `scale` × `scale` times.
void paste(const RgbImage& tile, int scale, int left, int top, RgbImage& sheet) {
  for (int y = 0; y < tile.height * scale; ++y) {
    const unsigned char* in = tile.row(y / scale);
    unsigned char* out = sheet.row(top + y) + std::ptrdiff_t{3} * left;
    for (int x = 0; x < tile.width * scale; ++x) out = std::copy_n(in + 3 * (x / scale), 3, out);
  }
}

}  // namespace

RgbImage noisy_picture(const LabeledImage& image, const Noise& noise, std::uint64_t seed) {
  const ImageShape& shape = image.image.shape;
  std::vector<float> values = to_hwc(image.image);
  if (noise.sigma > 0) {
    const std::vector<float> clean = values;
    NoiseGenerator(noise).add(clean.data(), values.data(), shape.size(),
                              {seed, static_cast<std::uint32_t>(image.index), Phase::kEstimation},
                              0);
  }
  RgbImage out = black_image(shape.width, shape.height);
  const auto channels = static_cast<std::size_t>(shape.channels);
  for (std::size_t i = 0; i < out.bytes.size(); ++i) {
    const float value = values[i / 3 * channels + i % 3 % channels];
    out.bytes[i] = static_cast<unsigned char>(std::lround(std::clamp(value, 0.0F, 1.0F) * 255));
  }
  return out;
}

NoiseSheet noise_sheet(std::span<const LabeledImage> images, const NoiseFamily& family,
                       std::span<const double> sigmas, std::uint64_t seed) {
  const ImageShape& shape = images.front().image.shape;
  const int scale = std::max(1, (kLeastTile + shape.height - 1) / shape.height);
  NoiseSheet sheet{{}, shape.width * scale, shape.height * scale, kGap};
  const auto width = static_cast<std::int64_t>(sigmas.size()) * (sheet.tile_width + kGap) + kGap;
  const auto height = static_cast<std::int64_t>(images.size()) * (sheet.tile_height + kGap) + kGap;
  if (width > kMostPixels / height) {
    throw InputError("a sheet of {} x {} pixels is too large", width, height);
  }
  sheet.picture = black_image(static_cast<int>(width), static_cast<int>(height));
  std::fill(sheet.picture.bytes.begin(), sheet.picture.bytes.end(), 255);
  int top = kGap;
  for (const LabeledImage& image : images) {
    int left = kGap;
    for (const double sigma : sigmas) {
      paste(noisy_picture(image, {&family, sigma}, seed), scale, left, top, sheet.picture);
      left += sheet.tile_width + kGap;
    }
    top += sheet.tile_height + kGap;
  }
  return sheet;
}

std::string noise_sheet_svg(const NoiseSheet& sheet, std::span<const double> sigmas,
                            const std::vector<std::string>& names) {
  constexpr int kNames = 150, kHeading = 28;
  constexpr std::size_t kNameLength = 20;
  const int width = kNames + sheet.picture.width, height = kHeading + sheet.picture.height;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
      "{1}\" font-family=\"sans-serif\" font-size=\"14\" fill=\"#222\">\n<rect width=\"{0}\" "
      "height=\"{1}\" fill=\"#fff\"/>\n<image x=\"{2}\" y=\"{3}\" width=\"{4}\" height=\"{5}\" "
      "href=\"{6}\"/>\n",
      width, height, kNames, kHeading, sheet.picture.width, sheet.picture.height,
      png_uri(encode_png(sheet.picture)));
  int x = kNames + sheet.gap + sheet.tile_width / 2;
  for (const double sigma : sigmas) {
    svg += fmt::format("<text x=\"{}\" y=\"20\" text-anchor=\"middle\">σ = {}</text>\n", x, sigma);
    x += sheet.tile_width + sheet.gap;
  }
  int y = kHeading + sheet.gap + sheet.tile_height / 2;
  for (const std::string& name : names) {
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n", kNames - 6, y + 5,
                       escaped(shortened(name, kNameLength)));
    y += sheet.tile_height + sheet.gap;
  }
  return svg + "</svg>\n";
}

}  // namespace certify
