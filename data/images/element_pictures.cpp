#include "data/images/element_pictures.h"

#include <algorithm>
#include <array>
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

constexpr int kLeastPanel = 224;  // height in pixels to which small maps are magnified
constexpr int kGap = 8;

using Colour = std::array<unsigned char, 3>;

class Panels {
 public:
  explicit Panels(const SigmaMap& map) : map_(map), range_(whitest_sigma(map) - map.smallest) {}

  int count() const { return map_.shape.channels == 1 ? 1 : 1 + map_.shape.channels; }
  /// Of an element of a panel, from the left.
  Colour at(int panel, int y, int x) const {
    if (panel > 0) return grey(level(panel - 1, y, x));
    if (map_.shape.channels == 3) {
      return {byte(level(0, y, x)), byte(level(1, y, x)), byte(level(2, y, x))};
    }
    double sum = 0;
    for (int c = 0; c < map_.shape.channels; ++c) sum += level(c, y, x);
    return grey(sum / map_.shape.channels);
  }

 private:
  static unsigned char byte(double level) {
    return static_cast<unsigned char>(std::lround(255 * level));
  }
  static Colour grey(double level) { return {byte(level), byte(level), byte(level)}; }

  /// From 0 for the smallest σ of all channels to 1 for the whitest.
  double level(int channel, int y, int x) const {
    const ImageShape& s = map_.shape;
    const auto at = (std::int64_t{channel} * s.height + y) * s.width + x;
    if (!(range_ > 0)) return 0.5;
    return std::min(1.0, (map_.values[static_cast<std::size_t>(at)] - map_.smallest) / range_);
  }

  const SigmaMap& map_;
  double range_;
};

}  // namespace

RgbImage gradient_picture(const ImageShape& shape, std::span<const float> gradient) {
  if (static_cast<std::int64_t>(gradient.size()) != shape.size()) {
    throw InputError("a gradient of {} entries for images of {}", gradient.size(), shape.size());
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

double whitest_sigma(const SigmaMap& map) {
  std::vector<double> values = map.values;
  const auto rank = static_cast<std::int64_t>((98 * values.size() + 99) / 100) - 1;
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  const double white = values[static_cast<std::size_t>(rank)];
  return white > map.smallest ? white : map.largest;
}

RgbImage sigma_map_picture(const SigmaMap& map) {
  const ImageShape& shape = map.shape;
  const Panels panels(map);
  const int scale = std::max(1, (kLeastPanel + shape.height - 1) / shape.height);
  const std::int64_t panel_width = std::int64_t{shape.width} * scale;
  const std::int64_t width = panels.count() * (panel_width + kGap) + kGap;
  const std::int64_t height = std::int64_t{shape.height} * scale + 2 * kGap;
  if (width > kMostPixels / height) {
    throw InputError("a picture of {} x {} pixels is too large", width, height);
  }
  RgbImage picture = black_image(static_cast<int>(width), static_cast<int>(height));
  std::fill(picture.bytes.begin(), picture.bytes.end(), 255);
  for (int panel = 0; panel < panels.count(); ++panel) {
    const std::int64_t left = kGap + panel * (panel_width + kGap);
    for (int y = 0; y < shape.height * scale; ++y) {
      unsigned char* out = picture.row(kGap + y) + 3 * left;
      for (int x = 0; x < panel_width; ++x) {
        const Colour colour = panels.at(panel, y / scale, x / scale);
        out = std::copy(colour.begin(), colour.end(), out);
      }
    }
  }
  return picture;
}

}  // namespace certify
