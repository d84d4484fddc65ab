#include "data/images/rgb_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/base/errors.h"

namespace certify {
namespace {

/// Weights are whole multiples of 2^-22, so that 8-bit sums fit 32 bits (Pillow's Resample.c).
constexpr int kPrecisionBits = 32 - 8 - 2;

/// Where a stretch of `length` from `size` pixels begins, and how many there are.
struct Range {
  int first = 0;
  int count = 0;
};

/// The input pixels that one output pixel is a weighted mean of.
struct Weights {
  int first = 0;
  std::vector<std::int32_t> values;
};

/// Triangle filter for output pixels `wanted` of a line that is brought from `in` to `out` pixels,
/// widened to cover all input where it shrinks.
std::vector<Weights> triangle_weights(int in, int out, Range wanted) {
  const double scale = static_cast<double>(in) / out;
  const double support = std::max(scale, 1.0);
  const double narrowing = 1.0 / support;
  std::vector<Weights> weights(static_cast<std::size_t>(wanted.count));
  for (int x = 0; x < wanted.count; ++x) {
    const double centre = (wanted.first + x + 0.5) * scale;
    const int first = std::max(static_cast<int>(centre - support + 0.5), 0);
    const int end = std::min(static_cast<int>(centre + support + 0.5), in);
    std::vector<double> shares;
    double sum = 0;
    for (int i = first; i < end; ++i) {
      const double distance = std::abs((i - centre + 0.5) * narrowing);
      shares.push_back(distance < 1.0 ? 1.0 - distance : 0.0);
      sum += shares.back();
    }
    Weights& w = weights[static_cast<std::size_t>(x)];
    w.first = first;
    for (const double share : shares) {
      const double normalized = sum != 0 ? share / sum : share;
      w.values.push_back(static_cast<std::int32_t>(0.5 + normalized * (1 << kPrecisionBits)));
    }
  }
  return weights;
}

/// Weighted means of pixels `step` bytes apart. @param in  channel c of the line's first pixel
unsigned char weighted_mean(const unsigned char* in, std::ptrdiff_t step, const Weights& weights) {
  in += weights.first * step;
  std::int32_t sum = 1 << (kPrecisionBits - 1);
  for (const std::int32_t weight : weights.values) {
    sum += *in * weight;
    in += step;
  }
  return static_cast<unsigned char>(std::clamp(sum >> kPrecisionBits, 0, 255));
}

/// Columns `wanted` of rows `rows`, the width brought to `width`.
RgbImage resize_rows(const RgbImage& image, int width, Range wanted, Range rows) {
  const auto weights = triangle_weights(image.width, width, wanted);
  RgbImage out = black_image(wanted.count, rows.count);
  for (int y = 0; y < rows.count; ++y) {
    const unsigned char* in = image.row(rows.first + y);
    unsigned char* pixel = out.row(y);
    for (const Weights& w : weights) {
      for (int c = 0; c < 3; ++c) *pixel++ = weighted_mean(in + c, 3, w);
    }
  }
  return out;
}

/// Rows `wanted`, the height brought to `height`. @param above  rows of the picture that are
/// missing above the first one of `image`  @param in  height of the picture
RgbImage resize_columns(const RgbImage& image, int above, int in, int height, Range wanted) {
  auto weights = triangle_weights(in, height, wanted);
  RgbImage out = black_image(image.width, wanted.count);
  const std::ptrdiff_t stride = std::ptrdiff_t{3} * image.width;
  for (int y = 0; y < wanted.count; ++y) {
    Weights& w = weights[static_cast<std::size_t>(y)];
    w.first -= above;
    unsigned char* row = out.row(y);
    for (std::ptrdiff_t x = 0; x < stride; ++x) {
      row[x] = weighted_mean(image.bytes.data() + x, stride, w);
    }
  }
  return out;
}

RgbImage cut(const RgbImage& image, Range columns, Range rows) {
  RgbImage out = black_image(columns.count, rows.count);
  for (int y = 0; y < rows.count; ++y) {
    const unsigned char* in = image.row(rows.first + y) + std::ptrdiff_t{3} * columns.first;
    std::copy_n(in, std::ptrdiff_t{3} * columns.count, out.row(y));
  }
  return out;
}

/// Input rows that output rows `wanted` are made of.
Range rows_needed(int in, int out, Range wanted) {
  const Weights top = triangle_weights(in, out, {wanted.first, 1}).front();
  const Weights bottom = triangle_weights(in, out, {wanted.first + wanted.count - 1, 1}).front();
  return {top.first, bottom.first + static_cast<int>(bottom.values.size()) - top.first};
}

/// The part `columns` × `rows` of the picture brought to width × height. As in Pillow, a direction
/// in which nothing changes is not filtered.
RgbImage resize_part(const RgbImage& image, int width, int height, Range columns, Range rows) {
  if (height == image.height) {
    return width == image.width ? cut(image, columns, rows)
                                : resize_rows(image, width, columns, rows);
  }
  const Range needed = rows_needed(image.height, height, rows);
  const RgbImage lines = width == image.width ? cut(image, columns, needed)
                                              : resize_rows(image, width, columns, needed);
  return resize_columns(lines, needed.first, image.height, height, rows);
}

/// Size after Resize(shorter): the longer side is rounded down.
std::pair<int, int> resized(const RgbImage& image, int shorter) {
  if (shorter == 0) return {image.width, image.height};
  const int longer_in = std::max(image.width, image.height);
  const int shorter_in = std::min(image.width, image.height);
  const double longer = static_cast<double>(std::int64_t{shorter} * longer_in) / shorter_in;
  if (!(longer * shorter <= static_cast<double>(kMostPixels))) {
    throw DataError("{} x {} pixels cannot be resized to a shorter side of {}", image.width,
                    image.height, shorter);
  }
  const int rounded = static_cast<int>(longer);
  return image.width <= image.height ? std::pair{shorter, rounded} : std::pair{rounded, shorter};
}

/// One direction of CenterCrop: which pixels it takes, and where on the canvas they go.
struct Placed {
  Range taken;
  int at = 0;
};

Placed centred(int size, int crop) {
  if (size < crop) return {{0, size}, (crop - size) / 2};
  return {{static_cast<int>(std::nearbyint((size - crop) / 2.0)), crop}, 0};  // half to even
}

}  // namespace

RgbImage frame(const RgbImage& image, const Framing& framing) {
  const auto [width, height] = resized(image, framing.resize);
  const Placed x = centred(width, framing.width), y = centred(height, framing.height);
  RgbImage part = resize_part(image, width, height, x.taken, y.taken);
  if (part.width == framing.width && part.height == framing.height) return part;
  RgbImage canvas = black_image(framing.width, framing.height);
  for (int k = 0; k < part.height; ++k) {
    std::copy_n(part.row(k), std::ptrdiff_t{3} * part.width,
                canvas.row(y.at + k) + std::ptrdiff_t{3} * x.at);
  }
  return canvas;
}

RgbImage resize(const RgbImage& image, int width, int height) {
  return resize_part(image, width, height, {0, width}, {0, height});
}

}  // namespace certify
