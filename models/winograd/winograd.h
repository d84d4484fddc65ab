#pragma once
/// 3×3 convolution by Winograd's minimal filtering, F(4×4, 3×3), in single precision, with what
/// follows it in a residual network done on the way out: y = relu(conv(x, w) + bias + residual).
///
/// A quarter of the multiplications, which on a processor are the whole cost. LibTorch does this on
/// a GPU only. Errors are about 4e-6 of the largest output. All paths give the same bits, and a row
/// of a batch gets the same bits wherever it stands and whatever stands beside it: each output is
/// one sum over the channels, in their order.
///
/// Source: Lavin & Gray 2016, "Fast algorithms for convolutional neural networks", section 4.3.

#include <cstdint>
#include <string_view>
#include <vector>

namespace certify {

/// Stride 1, padding 1. Channels are multiples of `kWinogradLanes`.
struct WinogradShape {
  std::int64_t rows, height, width;  ///< of x, and of y
  std::int64_t in, out;              ///< channels
};

inline constexpr std::int64_t kWinogradLanes = 16;

/// The implementations this processor can run, fastest first. None on a processor without AVX2:
/// there LibTorch's own convolution is as good.
struct WinogradPath {
  std::string_view name;
  std::int64_t lanes;  ///< channels side by side, which is how filters lie
  void (*conv)(const WinogradShape&, const float* x, const float* filters, const float* bias,
               const float* residual, bool relu, float* y, float* scratch);
};
const std::vector<WinogradPath>& winograd_paths();

/// What stays with a layer: its filters in Winograd's domain, in the order a path reads them.
/// @param weights  [out][in][3][3]
std::vector<float> winograd_filters(const float* weights, std::int64_t in, std::int64_t out,
                                    const WinogradPath& path);

/// @param x,y  NHWC, not overlapping; y is written   @param filters  of winograd_filters()
/// @param bias  `out` floats   @param residual  like y, or null for none
void winograd_conv(const WinogradPath& path, const WinogradShape& shape, const float* x,
                   const float* filters, const float* bias, const float* residual, bool relu,
                   float* y);

}  // namespace certify
