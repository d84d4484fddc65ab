#pragma once

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
std::vector<float> to_hwc(const Image& image);

/// One item of a data set.
struct LabeledImage {
  std::int64_t index = 0;  ///< its position in the whole data set, whatever the slice
  int label = 0;           ///< in [0, number of classes)
  Image image;
};

}  // namespace certify
