#include "models/engine/filters.h"

#include <cmath>
#include <cstring>

namespace certify {
namespace {

/// G g Gᵀ at all points 0, ±a, ±b and ∞, in double precision: it is done once.
/// @param g  [3][3]
void to_points(const float* g, double a, double b, double out[6][6]) {
  const double points[5] = {0, a, -a, b, -b};
  double rows[6][3] = {};
  rows[5][2] = 1;  // ∞
  for (int i = 0; i < 5; ++i) {
    double others = 1;
    for (int j = 0; j < 5; ++j) {
      if (j != i) others *= points[i] - points[j];
    }
    for (int power = 0; power < 3; ++power) rows[i][power] = std::pow(points[i], power) / others;
  }
  for (int i = 0; i < 6; ++i) {
    double row[3];
    for (int c = 0; c < 3; ++c)
      row[c] = rows[i][0] * g[c] + rows[i][1] * g[3 + c] + rows[i][2] * g[6 + c];
    for (int j = 0; j < 6; ++j) {
      out[i][j] = row[0] * rows[j][0] + row[1] * rows[j][1] + row[2] * rows[j][2];
    }
  }
}

}  // namespace

AlignedBytes winograd_filters(const Layer& layer, Arithmetic arithmetic, const Kernels& kernels) {
  const bool bf16 = arithmetic == Arithmetic::kBf16;
  const double a = bf16 ? 0.625 : 1, b = bf16 ? 1.25 : 2;  // as winograd_kernel.h has them
  const std::int64_t lanes = kernels.winograd_lanes, in = layer.in, out = layer.out;
  AlignedBytes filters(static_cast<std::size_t>(kWinogradPoints * in * out * bytes_of(arithmetic)));
  for (std::int64_t k = 0; k < out; ++k) {
    for (std::int64_t c = 0; c < in; ++c) {
      double points[6][6];
      to_points(layer.weights.data() + (k * in + c) * 9, a, b, points);
      for (std::int64_t p = 0; p < kWinogradPoints; ++p) {
        const auto value = static_cast<float>(points[p / 6][p % 6]);
        const std::int64_t vector = (k / lanes * kWinogradPoints + p) * in;
        if (bf16) {
          static_cast<std::uint16_t*>(
              filters.data())[(vector + c / 2 * 2) * lanes + k % lanes * 2 + c % 2] =
              to_bf16(value);
        } else {
          static_cast<float*>(filters.data())[(vector + c) * lanes + k % lanes] = value;
        }
      }
    }
  }
  return filters;
}

AlignedBytes direct_filters(const Layer& layer, std::int64_t in, std::int64_t out,
                            Arithmetic arithmetic, const Kernels& kernels,
                            const std::vector<std::int8_t>& quantized) {
  const std::int64_t bytes = bytes_of(arithmetic), word = 4 / bytes;
  const std::int64_t height = layer.window.kernel[0], width = layer.window.kernel[1];
  const std::int64_t unit = kernels.piece_bytes / bytes;
  const std::int64_t row = up_to(width * in, unit);
  AlignedBytes filters(static_cast<std::size_t>(out * height * row * bytes));
  for (std::int64_t k = 0; k < layer.out; ++k) {
    for (std::int64_t c = 0; c < layer.in; ++c) {
      for (std::int64_t i = 0; i < height; ++i) {
        for (std::int64_t j = 0; j < width; ++j) {
          const std::int64_t n = j * in + c;  // in the row of the window
          const std::int64_t at =
              (((k / kOutputLanes * height + i) * row + n / word * word) * kOutputLanes) +
              k % kOutputLanes * word + n % word;
          const auto from = static_cast<std::size_t>(((k * layer.in + c) * height + i) * width + j);
          if (bytes == 1) {
            static_cast<std::int8_t*>(filters.data())[at] = quantized[from];
          } else if (bytes == 2) {
            static_cast<std::uint16_t*>(filters.data())[at] = to_bf16(layer.weights[from]);
          } else {
            static_cast<float*>(filters.data())[at] = layer.weights[from];
          }
        }
      }
    }
  }
  return filters;
}

}  // namespace certify
