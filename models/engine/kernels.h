#pragma once
/// What the engine computes in, and the implementations that a processor has for it.

#include <cstdint>
#include <string_view>
#include <vector>

#include "models/engine/block.h"

namespace certify {

/// Each is a classifier of its own: bits differ between them. Within one they are the same on every
/// instruction set, and an image gets the same bits wherever it stands and whatever stands beside
/// it: each output is one sum in a fixed order.
enum class Arithmetic {
  kFp32,  ///< single precision; 3×3 convolutions by Winograd's minimal filtering
  /// Products of bfloat16 in sums of single precision, by Winograd where that can be: the fastest
  /// without AMX.
  kBf16,
  /// The same by definition, in the order of AMX's matrix unit, which multiplies sixteen times as
  /// fast as AVX-512 and has no use for Winograd.
  kBf16Amx,
  /// Products of 8 bits in sums of 32, by definition: Winograd's transforms need more than 8 bits.
  /// All integer, so plain C++, VNNI and AMX give the same bits.
  kInt8,
};

/// Bytes of a stored number.
constexpr std::int64_t bytes_of(Arithmetic a) {
  return a == Arithmetic::kFp32 ? 4 : a == Arithmetic::kInt8 ? 1 : 2;
}

struct Kernels {
  std::string_view name;  ///< of the instruction set
  /// 3×3, stride 1, padding 1, on multiples of kOutputLanes channels; null where there is none.
  /// Errors are about 4e-6 of the largest output in single precision.
  /// @param blocks  of kTilesOfABlock at a time: speed only
  void (*winograd)(const ConvCall&, std::int64_t blocks);
  void (*direct)(const ConvCall&, std::int64_t blocks);  ///< any window
  std::int64_t winograd_lanes;  ///< outputs side by side in winograd's filters
  std::int64_t piece_bytes;     ///< direct's filters of a row of the window are filled up to this
};

constexpr std::int64_t up_to(std::int64_t size, std::int64_t unit) {
  return (size + unit - 1) / unit * unit;
}

/// Scratch memory of a tile of winograd(): its inputs at all points, in single precision at most,
/// sums, and where it is.
/// @param in  channels
constexpr std::int64_t winograd_scratch(std::int64_t in) {
  return kWinogradPoints * 4 * (in + kMostVectors * kOutputLanes) + 24;
}
/// Of blocks of direct(): sums of each pixel, and where it is; and two blocks more.
constexpr std::int64_t direct_scratch(std::int64_t blocks) {
  return (blocks + 2) * kTilesOfABlock * (kMostVectors * kOutputLanes * 4 + kGroupBytes);
}

/// Those that this processor runs, fastest first.
const std::vector<Kernels>& kernels_of(Arithmetic arithmetic);

}  // namespace certify
