#include "models/engine/pooling.h"

#include <algorithm>
#include <cstring>

#include "models/engine/filters.h"

namespace certify {
namespace {

bool is_larger(float a, float b) { return a > b || a != a; }
bool is_larger(std::uint8_t a, std::uint8_t b) { return a > b; }
/// Of bfloat16.
bool is_larger(std::uint16_t a, std::uint16_t b) { return is_larger(from_bf16(a), from_bf16(b)); }

template <class T>
void pool_pixel(const ConvCall& call, std::int64_t row, std::int64_t column, const T* image, T* y) {
  const Window& w = call.window;
  bool first = true;
  for (std::int64_t i = 0; i < w.kernel[0]; ++i) {
    const std::int64_t down = row * w.stride[0] - w.padding[0] + i;
    if (down < 0 || down >= call.x.size.height) continue;
    for (std::int64_t j = 0; j < w.kernel[1]; ++j) {
      const std::int64_t right = column * w.stride[1] - w.padding[1] + j;
      if (right < 0 || right >= call.x.size.width) continue;
      const T* x = image + down * call.x.row + right * call.x.channels;
      for (std::int64_t c = 0; c < call.x.channels; ++c) {
        if (first || is_larger(x[c], y[c])) y[c] = x[c];
      }
      first = false;
    }
  }
}

template <class T>
void pool(const ConvCall& call) {
  for (std::int64_t n = 0; n < call.images; ++n) {
    const T* x = static_cast<const T*>(call.x.data) + n * call.x.image;
    for (std::int64_t row = 0; row < call.y.size.height; ++row) {
      for (std::int64_t column = 0; column < call.y.size.width; ++column) {
        pool_pixel(call, row, column, x,
                   static_cast<T*>(call.y.data) + n * call.y.image + row * call.y.row +
                       column * call.y.channels);
      }
    }
  }
}

}  // namespace

void max_pool(const ConvCall& call, Arithmetic arithmetic) {
  switch (bytes_of(arithmetic)) {
    case 4:
      return pool<float>(call);
    case 2:
      return pool<std::uint16_t>(call);
    default:
      return pool<std::uint8_t>(call);
  }
}

}  // namespace certify
