// The body of a path of winograd_conv, compiled once for each instruction set: a file defines
// CERTIFY_WINOGRAD_PATH and CERTIFY_WINOGRAD_LANES and includes this. As in noise_kernel.h, nothing
// here may be shared between those files, hence the anonymous namespace.

#include <immintrin.h>

#include <cstdint>

#include "models/winograd/winograd.h"

namespace certify {
namespace {

constexpr int kLanes = CERTIFY_WINOGRAD_LANES;
constexpr int kTiles = 12;   // a block: as many sums as stay in registers
constexpr int kPoints = 36;  // 6×6 inputs of a tile, whose outputs are 4×4
using Vector = float __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));

inline Vector load(const float* p) { return *reinterpret_cast<const Vector*>(p); }
inline void store(float* p, Vector v) { *reinterpret_cast<Vector*>(p) = v; }

/// a·b + c with one rounding, on every path alike.
#if CERTIFY_WINOGRAD_LANES == 16
inline Vector all(float a) { return Vector(_mm512_set1_ps(a)); }
inline Vector fused(Vector a, Vector b, Vector c) {
  return Vector(_mm512_fmadd_ps(__m512(a), __m512(b), __m512(c)));
}
#else
inline Vector all(float a) { return Vector(_mm256_set1_ps(a)); }
inline Vector fused(Vector a, Vector b, Vector c) {
  return Vector(_mm256_fmadd_ps(__m256(a), __m256(b), __m256(c)));
}
#endif
inline Vector fused(float a, Vector b, Vector c) { return fused(all(a), b, c); }

/// Bᵀd: six inputs of a row or column to the six points 0, 1, -1, 2, -2, ∞.
inline void to_points(const Vector d[6], Vector p[6]) {
  const Vector a = fused(-4.F, d[2], d[4]), b = fused(-4.F, d[1], d[3]);
  const Vector c = d[4] - d[2], e = d[3] - d[1];
  p[0] = fused(4.F, d[0], fused(-5.F, d[2], d[4]));
  p[1] = a + b;
  p[2] = a - b;
  p[3] = fused(2.F, e, c);
  p[4] = fused(-2.F, e, c);
  p[5] = fused(4.F, d[1], fused(-5.F, d[3], d[5]));
}

/// Aᵀm: six points to four outputs.
inline void from_points(const Vector m[6], Vector y[4]) {
  const Vector a = m[1] + m[2], b = m[1] - m[2], c = m[3] + m[4], d = m[3] - m[4];
  y[0] = m[0] + a + c;
  y[1] = fused(2.F, d, b);
  y[2] = fused(4.F, c, a);
  y[3] = fused(8.F, d, b) + m[5];
}

/// Where a tile of the whole batch lies.
struct Tile {
  Tile(const WinogradShape& s, std::int64_t index) {
    const std::int64_t across = (s.width + 3) / 4, down = (s.height + 3) / 4;
    row = index / (across * down);
    top = index / across % down * 4;
    left = index % across * 4;
  }
  std::int64_t row, top, left;  ///< of the batch; of its first output
};

/// The inputs of a tile, all channels, at the points. @param v  [point][in / lanes][tile][lane], at
/// its tile
void transform_inputs(const WinogradShape& s, const Tile& tile, const float* x, float* v) {
  const float* image = x + tile.row * s.height * s.width * s.in;
  const bool whole = tile.top > 0 && tile.left > 0 && tile.top + 5 <= s.height &&
                     tile.left + 5 <= s.width;  // most tiles: none of the padding
  for (std::int64_t c = 0; c < s.in; c += kLanes) {
    Vector half[6][6];
    for (int j = 0; j < 6; ++j) {
      Vector d[6], p[6];
      const std::int64_t across = tile.left + j - 1;
      for (int i = 0; i < 6; ++i) {
        const std::int64_t down = tile.top + i - 1;
        const bool inside =
            whole || (down >= 0 && down < s.height && across >= 0 && across < s.width);
        d[i] = inside ? load(image + (down * s.width + across) * s.in + c) : Vector{};
      }
      to_points(d, p);
      for (int i = 0; i < 6; ++i) half[i][j] = p[i];
    }
    for (int i = 0; i < 6; ++i) {
      Vector p[6];
      to_points(half[i], p);
      for (int j = 0; j < 6; ++j) store(v + ((i * 6 + j) * s.in + c) * kTiles, p[j]);
    }
  }
}

/// For one point, sums over the channels: [in][tile] × [in][lane] = [tile][lane]. A call would cost
/// more than the sums of a layer of 16 channels.
[[gnu::always_inline]] inline void multiply(const float* v, const float* filters, std::int64_t in,
                                            float* m) {
  Vector sum[kTiles];
  for (int t = 0; t < kTiles; ++t) sum[t] = Vector{};
  for (std::int64_t c = 0; c < in; c += kLanes, v += kLanes * kTiles) {
    for (int lane = 0; lane < kLanes; ++lane, filters += kLanes) {
      const Vector f = load(filters);
      for (int t = 0; t < kTiles; ++t) sum[t] = fused(v[t * kLanes + lane], f, sum[t]);
    }
  }
  for (int t = 0; t < kTiles; ++t) store(m + t * kLanes, sum[t]);
}

/// The outputs of a tile in the channels from k. @param m  [point][tile][lane], at its tile
inline void transform_outputs(const WinogradShape& s, const Tile& tile, std::int64_t k,
                              const float* m, Vector bias, const float* residual, bool relu,
                              float* y) {
  Vector half[4][6];
  for (int j = 0; j < 6; ++j) {
    Vector p[6], out[4];
    for (int i = 0; i < 6; ++i) p[i] = load(m + (i * 6 + j) * kTiles * kLanes);
    from_points(p, out);
    for (int i = 0; i < 4; ++i) half[i][j] = out[i];
  }
  for (int i = 0; i < 4 && tile.top + i < s.height; ++i) {
    Vector out[4];
    from_points(half[i], out);
    for (int j = 0; j < 4 && tile.left + j < s.width; ++j) {
      const std::int64_t at =
          ((tile.row * s.height + tile.top + i) * s.width + tile.left + j) * s.out + k;
      Vector z = out[j] + bias;
      if (residual) z += load(residual + at);
      if (relu) z = z < 0.F ? Vector{} : z;  // NaN stays NaN
      store(y + at, z);
    }
  }
}

}  // namespace

void CERTIFY_WINOGRAD_PATH(const WinogradShape& s, const float* x, const float* filters,
                           const float* bias, const float* residual, bool relu, float* y,
                           float* scratch) {
  const std::int64_t tiles = s.rows * ((s.height + 3) / 4) * ((s.width + 3) / 4);
  float* v = scratch;                      // [point][in / lanes][tile][lane]
  float* m = v + kPoints * kTiles * s.in;  // [point][tile][lane]
  for (std::int64_t first = 0; first < tiles; first += kTiles) {
    const std::int64_t used = tiles - first < kTiles ? tiles - first : kTiles;
    for (std::int64_t t = 0; t < used; ++t) {
      transform_inputs(s, Tile(s, first + t), x, v + t * kLanes);
    }
    for (std::int64_t k = 0; k < s.out; k += kLanes) {
      for (int p = 0; p < kPoints; ++p) {
        multiply(v + p * kTiles * s.in, filters + (k * kPoints + p * kLanes) * s.in, s.in,
                 m + p * kTiles * kLanes);
      }
      for (std::int64_t t = 0; t < used; ++t) {
        transform_outputs(s, Tile(s, first + t), k, m + t * kLanes, load(bias + k), residual, relu,
                          y);
      }
    }
  }
}

}  // namespace certify
