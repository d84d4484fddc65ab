#include "data/images/gradient_picture.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include "core/base/errors.h"

namespace certify {
namespace {

/// From white for 0 to red for 1 and blue for -1.
void paint(double level, unsigned char* rgb) {
  const auto faded = static_cast<unsigned char>(std::lround(255 * (1 - std::abs(level))));
  rgb[0] = level < 0 ? faded : 255;
  rgb[1] = faded;
  rgb[2] = level > 0 ? faded : 255;
}

}  // namespace

RgbImage gradient_picture(const ImageShape& shape, std::span<const float> gradient) {
  if (static_cast<std::int64_t>(gradient.size()) != shape.size()) {
    throw InputError(
        fmt::format("a gradient of {} entries for images of {}", gradient.size(), shape.size()));
  }
  const auto channels = static_cast<std::size_t>(shape.channels);
  std::vector<double> pixels(gradient.size() / channels);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const auto of_pixel = gradient.subspan(i * channels, channels);
    pixels[i] = std::accumulate(of_pixel.begin(), of_pixel.end(), 0.0);
  }
  double largest = 0;
  for (const double value : pixels) largest = std::max(largest, std::abs(value));
  RgbImage picture = black_image(shape.width, shape.height);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    paint(largest > 0 ? pixels[i] / largest : 0, picture.bytes.data() + 3 * i);
  }
  return picture;
}

}  // namespace certify
