#include "core/base/image.h"

namespace certify {

std::vector<float> to_hwc(const Image& image) {
  const auto channels = static_cast<std::size_t>(image.shape.channels);
  const std::size_t area = image.pixels.size() / channels;
  std::vector<float> out(image.pixels.size());
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < area; ++i) out[i * channels + c] = image.pixels[c * area + i];
  }
  return out;
}

}  // namespace certify
