#pragma once
/// Lattice noise, four elements at a time: for the kernels, and for the host, which compiles the
/// same code. Which cell a word gives is decided by whole numbers alone: the same on every machine.
/// Floats only guess it, and a guess that is not far enough from a border is looked up.

#include <cstdint>

#include "core/noise/device_noise.h"
#include "core/noise/philox.h"

namespace certify {
namespace lattice {

/// How far guess() may be off, in units of σ. On all 2³² words it is off by less than half of this
/// where it claims to be near (tests/noise/lattice_test.cpp).
inline constexpr float kGuessError = 3e-6f;
/// Words within this of either end are looked up: beyond 3.75 σ the guess is worth nothing.
inline constexpr std::int32_t kTailWords = 380'000;

/// Not one of the operations whose bits count: fused where that is an instruction.
CERTIFY_HOST_DEVICE float roughly_fused(float a, float b, float c) {
#if defined(__FMA__) || defined(__CUDA_ARCH__)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

/// The word counted from the nearer end, below 2³¹.
CERTIFY_HOST_DEVICE std::int32_t words_from_end(std::uint32_t word) {
  return static_cast<std::int32_t>(
      word ^ static_cast<std::uint32_t>(static_cast<std::int32_t>(word) >> 31));
}

/// Φ⁻¹((word + ½) / 2³²) = x · P(-ln(1 - x²)) with x = 2p - 1, after Giles (2012), with
/// coefficients of our own: minimax for -ln(1 - x²) in [0, 8].
CERTIFY_HOST_DEVICE float guess(std::uint32_t word) {
  const auto v = static_cast<float>(words_from_end(word));
  const float y = roughly_fused(v, 0x1p-31f, 0x1p-32f);  // 1 - |x|, which keeps its digits near 0
  const float q = y * (2.0f - y);
  const auto bits = static_cast<std::int32_t>(philox::as_bits(q));
  const std::int32_t exponent = (bits - 0x3f3504f3) >> 23;  // mantissa in [√½, √2)
  const float m = philox::as_float(static_cast<std::uint32_t>(bits - exponent * (1 << 23))) - 1.0f;
  float log = 0.118274778f;  // ln(1 + m) / m
  log = roughly_fused(log, m, -0.189019784f);
  log = roughly_fused(log, m, 0.20604673f);
  log = roughly_fused(log, m, -0.248813391f);
  log = roughly_fused(log, m, 0.333032995f);
  log = roughly_fused(log, m, -0.50001967f);
  log = roughly_fused(log, m, 1.00000322f);
  const float w =
      roughly_fused(-m, log, roughly_fused(static_cast<float>(exponent), -0.693147182f, -4.0f));
  float p = -2.80255626e-8f;  // in -ln(1 - x²) - 4
  p = roughly_fused(p, w, 2.75138177e-7f);
  p = roughly_fused(p, w, 4.20083779e-7f);
  p = roughly_fused(p, w, -2.20206603e-5f);
  p = roughly_fused(p, w, 0.000169608902f);
  p = roughly_fused(p, w, -0.0002884368f);
  p = roughly_fused(p, w, -0.010215008f);
  p = roughly_fused(p, w, 0.322942376f);
  p = roughly_fused(p, w, 2.62871146f);
  const float z = p * (1.0f - y);
  return philox::as_float(philox::as_bits(z) ^ (~word & 0x80000000u));
}

/// In place of a guess that may be wrong. No cell is as far.
inline constexpr float kUnsure = 1e9f;

/// The cell that the word alone gives, or kUnsure.
CERTIFY_HOST_DEVICE float guess_cell(const CellTable& table, std::uint32_t word) {
  const float t = table.spread * guess(word);
  const float cell = __builtin_rintf(t);
  const bool inside = __builtin_fabsf(t - cell) < table.certain;
  const bool near = words_from_end(word) >= kTailWords;
  return inside & near ? cell : kUnsure;  // no branch, so that loops of it vectorise
}

/// How many thresholds do not exceed the word.
CERTIFY_HOST_DEVICE std::uint32_t thresholds_up_to(const CellTable& table, std::uint64_t word) {
  std::uint32_t low = 0, high = table.count;
  while (low < high) {
    const std::uint32_t middle = (low + high) / 2;
    if (table.thresholds[middle] <= word) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/// The same, found from the guess, which is off by a cell at most where it is worth anything.
CERTIFY_HOST_DEVICE std::uint32_t thresholds_near(const CellTable& table, std::uint32_t word) {
  const std::uint64_t least = std::uint64_t{word} << 32;
  if (words_from_end(word) < kTailWords) return thresholds_up_to(table, least);
  const float cell = __builtin_rintf(table.spread * guess(word));
  const auto lowest = static_cast<float>(table.lowest);
  auto at = static_cast<std::uint32_t>(
      cell > lowest ? (cell < -lowest ? cell - lowest : static_cast<float>(table.count)) : 0.0f);
  while (at > 0 && table.thresholds[at - 1] > least) --at;
  while (at < table.count && table.thresholds[at] <= least) ++at;
  return at;
}

/// Element `j` of the quad, from its first word. Only where a threshold cuts what that word leaves
/// open, 32 bits more are drawn, from a counter that nothing else uses.
/// @return the cell, counted from the lowest
CERTIFY_HOST_DEVICE std::uint32_t look_up(const CellTable& table, std::uint32_t word,
                                          philox::Block counter, std::uint32_t key0,
                                          std::uint32_t key1, int j) {
  constexpr std::uint32_t kSecondWords = 0x80000000u;  // above every Phase
  const std::uint64_t first = std::uint64_t{word} << 32;
  const std::uint32_t least = thresholds_near(table, word);
  if (least == table.count || table.thresholds[least] > (first | 0xffffffffu)) return least;
  counter.x2 |= kSecondWords;
  const philox::Block more = philox::philox4x32_10(counter, key0, key1);
  const std::uint32_t second = j == 0 ? more.x0 : j == 1 ? more.x1 : j == 2 ? more.x2 : more.x3;
  return thresholds_up_to(table, first | second);
}

/// A cell's value: the float nearest to cell / per_unit. @pre |cell| < 2²²
CERTIFY_HOST_DEVICE float value_of(const CellTable& table, float inverse, float cell) {
#if defined(__FMA__) || defined(__CUDA_ARCH__)
  // One correction makes the quotient exact to the last bit, at a third of a division's time.
  const float quotient = cell * inverse;
  return __builtin_fmaf(__builtin_fmaf(-quotient, table.per_unit, cell), inverse, quotient);
#else
  return static_cast<void>(inverse), cell / table.per_unit;
#endif
}

/// The cell in which x lies.
CERTIFY_HOST_DEVICE float cell_of(const CellTable& table, float x) {
  return __builtin_rintf(x * table.per_unit);
}

}  // namespace lattice

/// Lattice noise as the kernels draw it.
struct LatticeQuads {
  struct Cells {
    std::int32_t v[4];
  };
  static CERTIFY_HOST_DEVICE Cells draw(const DeviceNoise& noise, const philox::Block& counter) {
    const philox::Block bits = philox::philox4x32_10(counter, noise.key0, noise.key1);
    const std::uint32_t words[4] = {bits.x0, bits.x1, bits.x2, bits.x3};
    Cells cells;
    for (int j = 0; j < 4; ++j) {
      const float guess = lattice::guess_cell(noise.cells, words[j]);
      cells.v[j] = guess != lattice::kUnsure
                       ? static_cast<std::int32_t>(guess)
                       : noise.cells.lowest +
                             static_cast<std::int32_t>(lattice::look_up(
                                 noise.cells, words[j], counter, noise.key0, noise.key1, j));
    }
    return cells;
  }

  /// The means of the noise within the cells drawn, in units of σ.
  static CERTIFY_HOST_DEVICE Quad standard(const DeviceNoise& noise, const philox::Block& counter) {
    const Cells cells = draw(noise, counter);
    Quad z;
    for (int j = 0; j < 4; ++j) z.v[j] = noise.cells.means[cells.v[j] - noise.cells.lowest];
    return z;
  }

  /// The value of x's cell plus that of the noise.
  /// @tparam kWhole  as of read_quad()
  template <bool kWhole>
  static CERTIFY_HOST_DEVICE Quad add(const DeviceNoise& noise, const philox::Block& counter,
                                      std::uint32_t /*left*/, Quad x) {
    const Cells cells = draw(noise, counter);
    const float inverse = 1.0f / noise.cells.per_unit;
    for (int j = 0; j < 4; ++j) {
      x.v[j] =
          lattice::value_of(noise.cells, inverse,
                            lattice::cell_of(noise.cells, x.v[j]) + static_cast<float>(cells.v[j]));
    }
    return x;
  }
};

}  // namespace certify
