#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace certify {

struct ImageShape {
  int channels = 0;
  int height = 0;
  int width = 0;

  std::int64_t size() const { return std::int64_t{channels} * height * width; }
  bool operator==(const ImageShape&) const = default;
};

struct Image {
  ImageShape shape;
  std::vector<float> pixels;  ///< channels × height × width (CHW), each in [0, 1]
};

/// HWC, the order in which noise elements are numbered and batches are laid out.
inline std::vector<float> to_hwc(const Image& image) {
  const auto channels = static_cast<std::size_t>(image.shape.channels);
  const std::size_t area = image.pixels.size() / channels;
  std::vector<float> out(image.pixels.size());
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < area; ++i) out[i * channels + c] = image.pixels[c * area + i];
  }
  return out;
}

/// One item of a data set.
struct LabeledImage {
  std::int64_t index = 0;  ///< its position in the whole data set, whatever the slice
  int label = 0;           ///< in [0, number of classes)
  Image image;
};

}  // namespace certify
