#include "models/winograd/winograd.h"

#include <memory>

namespace certify {

using Conv = void(const WinogradShape&, const float*, const float*, const float*, const float*,
                  bool, float*, float*);
#ifdef CERTIFY_X86_64
Conv winograd_conv_avx2;
Conv winograd_conv_avx512;
#endif

namespace {

constexpr std::int64_t kPoints = 36;
constexpr std::int64_t kTilesOfABlock = 24;  // of winograd_kernel.h, or more

/// G g Gᵀ at all points, in double precision: it is done once.
void to_points(const float* g, double out[6][6]) {
  constexpr double kG[6][3] = {{1. / 4, 0, 0},
                               {-1. / 6, -1. / 6, -1. / 6},
                               {-1. / 6, 1. / 6, -1. / 6},
                               {1. / 24, 1. / 12, 1. / 6},
                               {1. / 24, -1. / 12, 1. / 6},
                               {0, 0, 1}};
  for (int i = 0; i < 6; ++i) {
    double row[3];
    for (int b = 0; b < 3; ++b)
      row[b] = kG[i][0] * g[b] + kG[i][1] * g[3 + b] + kG[i][2] * g[6 + b];
    for (int j = 0; j < 6; ++j) {
      out[i][j] = row[0] * kG[j][0] + row[1] * kG[j][1] + row[2] * kG[j][2];
    }
  }
}

}  // namespace

const std::vector<WinogradPath>& winograd_paths() {
  static const std::vector<WinogradPath> paths = [] {
    std::vector<WinogradPath> usable;
#ifdef CERTIFY_X86_64
    if (__builtin_cpu_supports("avx512f")) {
      usable.push_back({"avx512", 16, &winograd_conv_avx512});
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
      usable.push_back({"avx2", 8, &winograd_conv_avx2});
    }
#endif
    return usable;
  }();
  return paths;
}

/// [out / lanes][point][in][lane]
std::vector<float> winograd_filters(const float* weights, std::int64_t in, std::int64_t out,
                                    const WinogradPath& path) {
  std::vector<float> filters(static_cast<std::size_t>(kPoints * in * out));
  for (std::int64_t k = 0; k < out; ++k) {
    for (std::int64_t c = 0; c < in; ++c) {
      double points[6][6];
      to_points(weights + (k * in + c) * 9, points);
      for (std::int64_t p = 0; p < kPoints; ++p) {
        const std::int64_t at =
            ((k / path.lanes * kPoints + p) * in + c) * path.lanes + k % path.lanes;
        filters[static_cast<std::size_t>(at)] = static_cast<float>(points[p / 6][p % 6]);
      }
    }
  }
  return filters;
}

void winograd_conv(const WinogradPath& path, const WinogradShape& shape, const float* x,
                   const float* filters, const float* bias, const float* residual, bool relu,
                   float* y) {
  // Of the largest layer so far, and aligned: half of all stores go there, and one that crosses a
  // cache line costs two.
  constexpr std::size_t kLine = 64 / sizeof(float);
  thread_local std::vector<float> scratch;
  const std::int64_t size = kPoints * kTilesOfABlock * (shape.in + kWinogradLanes) + shape.in;
  const auto wanted = static_cast<std::size_t>(size) + kLine;
  if (scratch.size() < wanted) scratch.resize(wanted);
  void* aligned = scratch.data();
  std::size_t room = scratch.size() * sizeof(float);
  std::align(64, static_cast<std::size_t>(size) * sizeof(float), aligned, room);
  path.conv(shape, x, filters, bias, residual, relu, y, static_cast<float*>(aligned));
}

}  // namespace certify
