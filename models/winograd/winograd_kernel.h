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

// A tile has 6×6 values, more than registers hold with their sums, and stores cost more than loads:
// so two rows of a transform are made at a time, from the values that they need.

/// Two rows of Bᵀd, which takes six inputs of a row or column to the six points 0, 1, -1, 2, -2, ∞.
template <int kPair>
inline void two_points(const Vector d[6], Vector& p, Vector& q) {
  if constexpr (kPair == 0) {  // 0 and ∞
    p = fused(4.F, d[0], fused(-5.F, d[2], d[4]));
    q = fused(4.F, d[1], fused(-5.F, d[3], d[5]));
  } else if constexpr (kPair == 1) {  // 1 and -1
    const Vector a = fused(-4.F, d[2], d[4]), b = fused(-4.F, d[1], d[3]);
    p = a + b;
    q = a - b;
  } else {  // 2 and -2
    const Vector a = d[4] - d[2], b = d[3] - d[1];
    p = fused(2.F, b, a);
    q = fused(-2.F, b, a);
  }
}
constexpr int kPairOfPoints[3][2] = {{0, 5}, {1, 2}, {3, 4}};

/// Two rows of Aᵀm, which takes six points to four outputs.
template <int kPair>
inline void two_outputs(const Vector m[6], Vector& y, Vector& z) {
  if constexpr (kPair == 0) {  // the first and the third
    const Vector a = m[1] + m[2], b = m[3] + m[4];
    y = m[0] + a + b;
    z = fused(4.F, b, a);
  } else {  // the second and the fourth
    const Vector a = m[1] - m[2], b = m[3] - m[4];
    y = fused(2.F, b, a);
    z = fused(8.F, b, a) + m[5];
  }
}

/// Where a tile of the whole batch lies.
struct Tile {
  std::int64_t row, top, left;  ///< of the batch; of its first output
  bool whole;                   ///< all of its 6×6 inputs and 4×4 outputs are inside the image
};

/// The tiles of a batch, row by row, by steps instead of divisions.
class Tiles {
 public:
  explicit Tiles(const WinogradShape& shape) : s_(shape) {}
  Tile next() {
    const Tile tile{row_, top_, left_,
                    top_ > 0 && left_ > 0 && top_ + 5 <= s_.height && left_ + 5 <= s_.width};
    left_ += 4;
    if (left_ >= s_.width) left_ = 0, top_ += 4;
    if (top_ >= s_.height) top_ = 0, ++row_;
    return tile;
  }

 private:
  const WinogradShape& s_;
  std::int64_t row_ = 0, top_ = 0, left_ = 0;
};

/// Two rows of points. @param input  gives the place of an input   @param v  of point (0, 0)
template <int kPair, class Input>
[[gnu::always_inline]] inline void transform_two_rows(const Input& input, std::int64_t point,
                                                      float* v) {
  Vector rows[2][6];
#pragma GCC unroll 6
  for (int j = 0; j < 6; ++j) {
    Vector d[6];
#pragma GCC unroll 6
    for (int i = 0; i < 6; ++i) d[i] = load(input(i, j));
    two_points<kPair>(d, rows[0][j], rows[1][j]);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    Vector p[6];
    two_points<0>(rows[i], p[0], p[5]);
    two_points<1>(rows[i], p[1], p[2]);
    two_points<2>(rows[i], p[3], p[4]);
#pragma GCC unroll 6
    for (int j = 0; j < 6; ++j) store(v + (kPairOfPoints[kPair][i] * 6 + j) * point, p[j]);
  }
}

/// The 6×6 inputs for the channels of one vector, at the points.
/// @param v  [point][in / lanes][tile][lane], at the tile and the channels
template <class Input>
[[gnu::always_inline]] inline void transform_inputs(const Input& input, std::int64_t in, float* v) {
  transform_two_rows<0>(input, in * kTiles, v);
  transform_two_rows<1>(input, in * kTiles, v);
  transform_two_rows<2>(input, in * kTiles, v);
}

/// The inputs of a tile, all channels. @param zeros  as many as there are channels: the padding
void transform_tile(const WinogradShape& s, const Tile& tile, const float* x, const float* zeros,
                    float* v) {
  const std::int64_t down = s.width * s.in;
  const float* first = x + ((tile.row * s.height + tile.top - 1) * s.width + tile.left - 1) * s.in;
  if (tile.whole) {  // most tiles of a large image: no padding to look out for
    for (std::int64_t c = 0; c < s.in; c += kLanes, first += kLanes) {
      transform_inputs([&](int i, int j) { return first + i * down + j * s.in; }, s.in,
                       v + c * kTiles);
    }
    return;
  }
  const float* at[6][6];
  for (int i = 0; i < 6; ++i) {
    const std::int64_t y = tile.top + i - 1;
    for (int j = 0; j < 6; ++j) {
      const std::int64_t z = tile.left + j - 1;
      const bool inside = y >= 0 && y < s.height && z >= 0 && z < s.width;
      at[i][j] = inside ? first + i * down + j * s.in : zeros;
    }
  }
  for (std::int64_t c = 0; c < s.in; c += kLanes) {
    transform_inputs([&](int i, int j) { return at[i][j] + c; }, s.in, v + c * kTiles);
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

/// What a convolution does on its way out.
struct Output {
  std::int64_t k;  ///< first of the channels
  Vector bias, least;
  const float* residual;  ///< like y
  float* y;
};

/// Rows kPair and kPair + 2 of the outputs of a tile. @param m  [point][tile][lane], at its tile
template <int kPair, bool kResidual>
[[gnu::always_inline]] inline void transform_two_outputs(const WinogradShape& s, const Tile& tile,
                                                         const float* m, const Output& o) {
  Vector rows[2][6];
#pragma GCC unroll 6
  for (int j = 0; j < 6; ++j) {
    Vector p[6];
#pragma GCC unroll 6
    for (int i = 0; i < 6; ++i) p[i] = load(m + (i * 6 + j) * kTiles * kLanes);
    two_outputs<kPair>(p, rows[0][j], rows[1][j]);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    const std::int64_t down = tile.top + kPair + 2 * i;
    if (down >= s.height) return;
    Vector out[4];
    two_outputs<0>(rows[i], out[0], out[2]);
    two_outputs<1>(rows[i], out[1], out[3]);
    const std::int64_t first = ((tile.row * s.height + down) * s.width + tile.left) * s.out + o.k;
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      if (tile.left + j >= s.width) break;
      const std::int64_t at = first + j * s.out;
      Vector z = out[j] + o.bias;
      if constexpr (kResidual) z += load(o.residual + at);
      store(o.y + at, z < o.least ? o.least : z);  // NaN stays NaN
    }
  }
}

template <bool kResidual>
inline void transform_outputs(const WinogradShape& s, const Tile& tile, const float* m,
                              const Output& o) {
  transform_two_outputs<0, kResidual>(s, tile, m, o);
  transform_two_outputs<1, kResidual>(s, tile, m, o);
}

}  // namespace

void CERTIFY_WINOGRAD_PATH(const WinogradShape& s, const float* x, const float* filters,
                           const float* bias, const float* residual, bool relu, float* y,
                           float* scratch) {
  const std::int64_t tiles = s.rows * ((s.height + 3) / 4) * ((s.width + 3) / 4);
  const Vector least = all(relu ? 0.F : -__builtin_inff());
  float* v = scratch;                      // [point][in / lanes][tile][lane]
  float* m = v + kPoints * kTiles * s.in;  // [point][tile][lane]
  float* zeros = m + kPoints * kTiles * kLanes;
  for (std::int64_t c = 0; c < s.in; c += kLanes) store(zeros + c, Vector{});
  Tiles all_tiles(s);
  for (std::int64_t first = 0; first < tiles; first += kTiles) {
    const std::int64_t used = tiles - first < kTiles ? tiles - first : kTiles;
    Tile block[kTiles];
    for (std::int64_t t = 0; t < used; ++t) {
      block[t] = all_tiles.next();
      transform_tile(s, block[t], x, zeros, v + t * kLanes);
    }
    for (std::int64_t k = 0; k < s.out; k += kLanes) {
      for (int p = 0; p < kPoints; ++p) {
        multiply(v + p * kTiles * s.in, filters + (k * kPoints + p * kLanes) * s.in, s.in,
                 m + p * kTiles * kLanes);
      }
      const Output output{k, load(bias + k), least, residual, y};
      for (std::int64_t t = 0; t < used; ++t) {
        residual ? transform_outputs<true>(s, block[t], m + t * kLanes, output)
                 : transform_outputs<false>(s, block[t], m + t * kLanes, output);
      }
    }
  }
}

}  // namespace certify
