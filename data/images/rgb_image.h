#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace certify {

/// A decoded picture of any size.
struct RgbImage {
  int width = 0;
  int height = 0;
  std::vector<unsigned char> bytes;  ///< height × width × 3 (HWC), red first

  const unsigned char* row(int y) const { return bytes.data() + offset(y); }
  unsigned char* row(int y) { return bytes.data() + offset(y); }
  bool operator==(const RgbImage&) const = default;

 private:
  std::size_t offset(int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) * 3;
  }
};

/// Black. @pre width, height >= 0
inline RgbImage black_image(int width, int height) {
  RgbImage image{width, height, {}};
  image.bytes.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  return image;
}

/// Larger pictures are refused unread: what Pillow calls a decompression bomb.
inline constexpr std::int64_t kMostPixels = 178'956'970;

}  // namespace certify
