#include "models/engine/pooling.h"

#include <algorithm>
#include <cstring>

namespace certify {
namespace {

/// Channels side by side, as many as every processor has registers for. GCC 12 passes over the
/// attribute of an alias template.
template <class T>
struct Channels {
  typedef T Vector __attribute__((vector_size(16)));
};
template <class T>
using Vector = typename Channels<T>::Vector;

/// Sets each of `most` to the larger one. NaN is the largest, as LibTorch has it.
void widen(Vector<float>& most, const Vector<float>& x) { most = (x > most) | (x != x) ? x : most; }
void widen(Vector<std::uint8_t>& most, const Vector<std::uint8_t>& x) {
  most = x > most ? x : most;
}
void widen(Vector<std::int16_t>& most, const Vector<std::int16_t>& x) {
  most = x > most ? x : most;
}

/// Numbers of bfloat16 as integers that have their order, and back. All NaN become one.
void order(Vector<std::int16_t>& bits) {
  constexpr std::int16_t kMagnitude = 0x7fff, kInfinity = 0x7f80;
  const Vector<std::int16_t> magnitude = bits & kMagnitude, negative = bits < 0;
  const Vector<std::int16_t> is_nan = magnitude > kInfinity;
  bits = ((magnitude ^ negative) & ~is_nan) | (is_nan & kMagnitude);
}
void unorder(Vector<std::int16_t>& number) {
  constexpr std::int16_t kSign = -0x8000;
  const Vector<std::int16_t> negative = number < 0;
  number = (number ^ negative) | (negative & kSign);
}
/// Others have their order.
template <class V>
void order(V&) {}
template <class V>
void unorder(V&) {}

/// The most of kOutputLanes channels over the rows and columns that a window sees, which are some.
template <class T>
void pool_channels(const T* x, const ImageBlock& image, Size seen, T* y) {
  constexpr int kVectors = kOutputLanes * sizeof(T) / sizeof(Vector<T>);
  Vector<T> most[kVectors], next[kVectors];
  std::memcpy(&most, x, sizeof most);
  for (Vector<T>& v : most) order(v);
  for (std::int64_t row = 0; row < seen.height; ++row) {
    for (std::int64_t column = 0; column < seen.width; ++column) {
      std::memcpy(&next, x + row * image.row + column * image.channels, sizeof next);
      for (int v = 0; v < kVectors; ++v) {
        order(next[v]);
        widen(most[v], next[v]);
      }
    }
  }
  for (Vector<T>& v : most) unorder(v);
  std::memcpy(y, &most, sizeof most);
}

struct Span {
  std::int64_t first, count;
};

/// What the n-th window along an axis sees of so many pixels.
Span seen_of(const Window& w, int axis, std::int64_t n, std::int64_t length) {
  const std::int64_t first = n * w.stride[axis] - w.padding[axis];
  const std::int64_t end = std::min(first + w.kernel[axis], length);
  return {std::max<std::int64_t>(first, 0), end - std::max<std::int64_t>(first, 0)};
}

template <class T>
void pool_pixel(const ConvCall& call, std::int64_t row, std::int64_t column, const T* image, T* y) {
  const auto [top, down] = seen_of(call.window, 0, row, call.x.size.height);
  const auto [left, right] = seen_of(call.window, 1, column, call.x.size.width);
  const T* x = image + top * call.x.row + left * call.x.channels;
  for (std::int64_t c = 0; c < call.x.channels; c += kOutputLanes) {
    pool_channels(x + c, call.x, {down, right}, y + c);
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
      return pool<std::int16_t>(call);
    default:
      return pool<std::uint8_t>(call);
  }
}

}  // namespace certify
