#pragma once
/// What the code of every family of noise works on. Kernels and the host compile it.

#include <cstdint>

#include "core/noise/philox.h"

namespace certify {

struct Quad {
  float v[4];
};

/// Where T is stored, all four at once.
template <class T>
struct alignas(4 * sizeof(T)) PackedQuad {
  T v[4];
};

/// Four elements, or the fewer that are left.
/// @tparam kWhole  the size is a multiple of 4: every quad is whole and aligned, and moves in one
/// piece
template <bool kWhole>
CERTIFY_HOST_DEVICE Quad read_quad(const float* from, std::uint32_t left) {
  PackedQuad<float> x{};
  if constexpr (kWhole) {
    x = *reinterpret_cast<const PackedQuad<float>*>(from);
  } else {
    for (std::uint32_t j = 0; j < 4 && j < left; ++j) x.v[j] = from[j];
  }
  return {{x.v[0], x.v[1], x.v[2], x.v[3]}};
}

/// Whole-numbered noise: a uniform 64-bit word gives the cell `lowest` plus the number of
/// thresholds that do not exceed it.
struct CellTable {
  const std::uint64_t* thresholds = nullptr;  ///< [count], rising
  const float* means = nullptr;  ///< [count + 1], of the noise in units of σ within each cell
  std::uint32_t count = 0;
  std::int32_t lowest = 0;
  float spread = 0;    ///< σ in cells
  float certain = 0;   ///< a guess this near to the middle of its cell is right
  float per_unit = 0;  ///< cells between 0 and 1
  /// Of noise that cuts the range instead: places that the first cut can have, in cells.
  std::uint32_t offsets = 0;
  bool takes_all = false;  ///< sample i has the i-th of them; not so: one is drawn
};

/// NoiseTables and the seed, as a kernel gets them.
struct DeviceNoise {
  std::uint32_t key0, key1;  ///< the seed
  float scale;               ///< ignored if scales is set
  /// [size], HWC, aligned to 16 bytes where size % 4 == 0; null: `scale` everywhere.
  const float* scales = nullptr;
  CellTable cells = {};  ///< of families that draw cells
};

}  // namespace certify
