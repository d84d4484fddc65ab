// Winograd's convolution, compiled once for each instruction set: a file defines
// CERTIFY_WINOGRAD_PATH, and what vectors.h wants, and includes this.
//
// Source: Lavin & Gray 2016, "Fast algorithms for convolutional neural networks", section 4.3.

#include "models/engine/tiles.h"
#include "models/engine/vectors.h"

namespace certify {
namespace {

constexpr int kTiles = kTilesOfABlock;
constexpr int kPoints = kWinogradPoints;

// The points are 0, ±a, ±b and ∞. In single precision a = 1 and b = 2 save multiplications; in
// bfloat16 a = 5/8 and b = 5/4 make the error smaller: the values at ±2 are sums of up to 100
// inputs. With 1 and 2 logits of ResNet-20 erred by 0.022 in the mean (of a standard deviation of
// 3.2), with these by 0.014, by definition by 0.005. Classes agreed on 190 of 192 noisy images each
// time.
#ifdef CERTIFY_ENGINE_BF16
constexpr float kA = 0.625F, kB = 1.25F;
#else
constexpr float kA = 1.F, kB = 2.F;
#endif
constexpr float kA2 = kA * kA, kB2 = kB * kB;

// A tile has 6×6 values, more than 32 registers hold with their sums. On processors that store 512
// bits in two halves a spill costs more than loading inputs again. So two rows of a transform are
// made at a time, from the values that they need.

/// Two rows of Bᵀd, which takes six inputs of a row or column to the six points.
template <int kPair>
inline void two_points(const Vector d[6], Vector& p, Vector& q) {
  if constexpr (kPair == 0) {  // 0 and ∞
    p = fused(kA2 * kB2, d[0], fused(-kA2 - kB2, d[2], d[4]));
    q = fused(kA2 * kB2, d[1], fused(-kA2 - kB2, d[3], d[5]));
  } else if constexpr (kPair == 1 && kA == 1) {
    const Vector even = fused(-kB2, d[2], d[4]), odd = fused(-kB2, d[1], d[3]);
    p = even + odd;
    q = even - odd;
  } else if constexpr (kPair == 1) {  // a and -a
    const Vector even = fused(-kB2, d[2], d[4]), odd = fused(-kB2, d[1], d[3]);
    p = fused(kA, odd, even);
    q = fused(-kA, odd, even);
  } else {  // b and -b
    const Vector even = kA == 1 ? d[4] - d[2] : fused(-kA2, d[2], d[4]);
    const Vector odd = kA == 1 ? d[3] - d[1] : fused(-kA2, d[1], d[3]);
    p = fused(kB, odd, even);
    q = fused(-kB, odd, even);
  }
}
constexpr int kPairOfPoints[3][2] = {{0, 5}, {1, 2}, {3, 4}};

/// Two rows of Aᵀm, which takes six points to four outputs.
template <int kPair>
inline void two_outputs(const Vector m[6], Vector& y, Vector& z) {
  if constexpr (kPair == 0) {  // the first and the third
    const Vector a = m[1] + m[2], b = m[3] + m[4];
    y = m[0] + a + b;
    z = fused(kB2, b, kA == 1 ? a : kA2 * a);
  } else {  // the second and the fourth
    const Vector a = m[1] - m[2], b = m[3] - m[4];
    y = fused(kB, b, kA == 1 ? a : kA * a);
    z = fused(kB2 * kB, b, kA == 1 ? a : kA2 * kA * a) + m[5];
  }
}

/// Two rows of points. @param d  the first of 6×6 inputs   @param v  of point (0, 0)
template <int kPair>
[[gnu::always_inline]] inline void transform_two_rows(const ImageBlock& x, const Element* d,
                                                      std::int64_t point, Factor* v) {
  Vector rows[2][6];
#pragma GCC unroll 6
  for (int j = 0; j < 6; ++j) {
    Vector column[6];
#pragma GCC unroll 6
    for (int i = 0; i < 6; ++i) column[i] = load(d + i * x.row + j * x.channels);
    two_points<kPair>(column, rows[0][j], rows[1][j]);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    Vector p[6];
    two_points<0>(rows[i], p[0], p[5]);
    two_points<1>(rows[i], p[1], p[2]);
    two_points<2>(rows[i], p[3], p[4]);
#pragma GCC unroll 6
    for (int j = 0; j < 6; ++j) store_factors(v + (kPairOfPoints[kPair][i] * 6 + j) * point, p[j]);
  }
}

/// The inputs of a tile at the points. @param v  [point][in / lanes][tile][word], at its tile
void transform_tile(const ImageBlock& x, const Tile& tile, std::int64_t point, Factor* v) {
  // Padding is one pixel, which lies in memory as zeros; so do inputs beyond the image's end.
  const Element* d = static_cast<const Element*>(x.data) + tile.image * x.image +
                     (tile.top - 1) * x.row + (tile.left - 1) * x.channels;
  for (std::int64_t c = 0; c < x.channels; c += kLanes, d += kLanes, v += kTiles * kWords) {
    transform_two_rows<0>(x, d, point, v);
    transform_two_rows<1>(x, d, point, v);
    transform_two_rows<2>(x, d, point, v);
  }
}

/// For one point, sums over the channels: [in][tile] × [in][lane] = [tile][lane], for kVectors
/// vectors of outputs, which lie next_filters and next_m apart. A call would cost more than the
/// sums of a layer of 16 channels.
template <int kVectors>
[[gnu::always_inline]] inline void multiply(const Factor* v, const Word* filters,
                                            std::int64_t next_filters, std::int64_t in, float* m,
                                            std::int64_t next_m) {
  Vector sum[kVectors][kTiles];
  for (int n = 0; n < kVectors; ++n) {
    for (int t = 0; t < kTiles; ++t) sum[n][t] = Vector{};
  }
  for (std::int64_t c = 0; c < in; c += kLanes, v += kWords * kTiles) {
    for (int word = 0; word < kWords; ++word, filters += kLanes) {
      for (int t = 0; t < kTiles; ++t) {
#pragma GCC unroll 2
        for (int n = 0; n < kVectors; ++n) {
          sum[n][t] = dot(v[t * kWords + word], filters + n * next_filters, sum[n][t]);
        }
      }
    }
  }
  for (int n = 0; n < kVectors; ++n) {
    for (int t = 0; t < kTiles; ++t) store(m + n * next_m + t * kLanes, sum[n][t]);
  }
}

/// Rows kPair and kPair + 2 of the outputs of a tile. @param m  [point][tile][lane], at its tile
template <int kPair, bool kResidual>
[[gnu::always_inline]] inline void transform_two_outputs(const ImageBlock& y, const Tile& tile,
                                                         const float* m, const Finish& finish,
                                                         const Element* residual, Element* out) {
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
    const int down = kPair + 2 * i;
    if (tile.top + down >= y.size.height) return;
    Vector z[4];
    two_outputs<0>(rows[i], z[0], z[2]);
    two_outputs<1>(rows[i], z[1], z[3]);
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      if (tile.left + j >= y.size.width) break;
      const std::int64_t at = down * y.row + j * y.channels;
      if constexpr (kResidual) {
        finish(z[j], residual + at, out + at);
      } else {
        finish(z[j], out + at);
      }
    }
  }
}

void transform_outputs(const ConvCall& call, const Tile& tile, const float* m, std::int64_t k,
                       const Finish& finish) {
  const ImageBlock& y = call.y;
  const std::int64_t at = tile.image * y.image + tile.top * y.row + tile.left * y.channels + k;
  Element* out = static_cast<Element*>(y.data) + at;
  if (call.residual != nullptr) {
    const Element* residual = static_cast<const Element*>(call.residual->data) + at;
    transform_two_outputs<0, true>(y, tile, m, finish, residual, out);
    transform_two_outputs<1, true>(y, tile, m, finish, residual, out);
  } else {
    transform_two_outputs<0, false>(y, tile, m, finish, nullptr, out);
    transform_two_outputs<1, false>(y, tile, m, finish, nullptr, out);
  }
}

/// Some blocks of tiles on their way.
struct Blocks {
  std::int64_t in, used, point, block;  ///< factors between points, and between blocks
  const Factor* v;                      ///< [block][point][in][tile]
  const Tile* at;                       ///< [used]
  float* m;                             ///< [vector][block][point][tile][lane]
  std::int64_t next_m;                  ///< floats between vectors
};

/// kVectors vectors of outputs from the k-th on. @param next_filters  words between vectors
template <int kVectors>
void compute_outputs(const ConvCall& call, const Blocks& b, std::int64_t k, const Word* filters,
                     std::int64_t next_filters) {
  constexpr std::int64_t kSums = kTiles * kLanes;
  {
    [[maybe_unused]] const ProductMode mode{};
    for (int p = 0; p < kPoints; ++p, filters += next_filters / kPoints) {
      for (std::int64_t i = 0; i * kTiles < b.used; ++i) {
        multiply<kVectors>(b.v + i * b.block + p * b.point, filters, next_filters, b.in,
                           b.m + (i * kPoints + p) * kSums, b.next_m);
      }
    }
  }
  for (int n = 0; n < kVectors; ++n) {
    const Finish finish(call, k + n * kLanes);
    for (std::int64_t t = 0; t < b.used; ++t) {
      transform_outputs(call, b.at[t],
                        b.m + n * b.next_m + t / kTiles * kPoints * kSums + t % kTiles * kLanes,
                        k + n * kLanes, finish);
    }
  }
}

}  // namespace

/// @param blocks  of tiles at a time
void CERTIFY_WINOGRAD_PATH(const ConvCall& call, std::int64_t blocks) {
  const std::int64_t in = call.x.channels;
  const std::int64_t across = (call.y.size.width + 3) / 4, down = (call.y.size.height + 3) / 4;
  const std::int64_t tiles = call.images * down * across;
  const std::int64_t point = in / kLanes * kTiles * kWords, block = kPoints * point;
  const std::int64_t of_a_vector = kPoints * (in / kLanes * kWords * kLanes);
  constexpr int kVectors = kVectorsAtOnce;
  Factor* v = static_cast<Factor*>(call.scratch);
  float* m = reinterpret_cast<float*>(v + blocks * block);
  const std::int64_t next_m = blocks * kPoints * kTiles * kLanes;
  Tile* at = reinterpret_cast<Tile*>(m + kVectors * next_m);
  Tiles<4> all_tiles(call.y.size);
  for (std::int64_t first = 0; first < tiles; first += blocks * kTiles) {
    const std::int64_t left = tiles - first;
    const std::int64_t used = left < blocks * kTiles ? left : blocks * kTiles;
    for (std::int64_t t = 0; t < used; ++t) {
      at[t] = all_tiles.next();
      transform_tile(call.x, at[t], point, v + t / kTiles * block + t % kTiles * kWords);
    }
    const Blocks some{in, used, point, block, v, at, m, next_m};
    const Word* filters = static_cast<const Word*>(call.filters);
    std::int64_t k = 0;
    for (; k + kVectors * kLanes <= call.y.channels; k += kVectors * kLanes) {
      compute_outputs<kVectors>(call, some, k, filters, of_a_vector);
      filters += kVectors * of_a_vector;
    }
    for (; k < call.y.channels; k += kLanes, filters += of_a_vector) {
      compute_outputs<1>(call, some, k, filters, of_a_vector);
    }
  }
}

}  // namespace certify
