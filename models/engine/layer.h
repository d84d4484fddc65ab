#pragma once
/// The layers that the engine computes itself, whatever it computes in. Torch-free.

#include <cstdint>
#include <vector>

namespace certify {

/// Of a convolution or a pooling: rows, then columns.
struct Window {
  std::int64_t kernel[2] = {1, 1}, stride[2] = {1, 1}, padding[2] = {0, 0};
};

/// Rows and columns of an image.
struct Size {
  std::int64_t height, width;
  bool operator==(const Size&) const = default;
};

/// What a window leaves of an image. Not positive where the window is larger than it.
inline Size size_behind(const Window& w, Size image) {
  const auto left = [&](int axis, std::int64_t length) {
    const std::int64_t room = length + 2 * w.padding[axis] - w.kernel[axis];
    return room < 0 ? 0 : room / w.stride[axis] + 1;
  };
  return {left(0, image.height), left(1, image.width)};
}

/// y = relu(conv(x, weights) + bias + residual), or y = max over the window of x where there is no
/// bias. Values are numbered; each is written by one layer, or is an input.
struct Layer {
  Window window;
  std::int64_t in = 0, out = 0;  ///< channels; equal for a pooling
  std::vector<float> weights;    ///< [out][in][kernel][kernel]
  std::vector<float> bias;       ///< [out]; empty: a pooling
  bool relu = false;
  int x = 0, y = 0;
  int residual = -1;  ///< a value of y's size and channels; -1 for none

  bool is_pooling() const { return bias.empty(); }
};

}  // namespace certify
