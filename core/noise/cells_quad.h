#pragma once
/// Noise of whole cells, four elements at a time: for the kernels, and for the host, which compiles
/// the same code. Which cell a word gives is decided by whole numbers alone: the same on every
/// machine. Floats only guess it, and a guess that is not far enough from a border is looked up.
///
/// A `Guess` is the family's: of(word), about the noise in units of σ, and is_near(word), whether
/// that is worth anything.

#include <cstdint>

#include "core/noise/device_noise.h"
#include "core/noise/philox.h"

namespace certify {
namespace cells {

/// Not one of the operations whose bits count: fused where that is an instruction.
CERTIFY_HOST_DEVICE float roughly_fused(float a, float b, float c) {
#if defined(__FMA__) || defined(__CUDA_ARCH__)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

/// In place of a guess that may be wrong. No cell is as far.
inline constexpr float kUnsure = 1e9f;

/// The cell that the word alone gives, or kUnsure.
template <class Guess>
CERTIFY_HOST_DEVICE float guess_cell(const CellTable& table, std::uint32_t word) {
  const float t = table.spread * Guess::of(word);
  const float cell = __builtin_rintf(t);
  const bool inside = __builtin_fabsf(t - cell) < table.certain;
  return inside & Guess::is_near(word) ? cell
                                       : kUnsure;  // no branch, so that loops of it vectorise
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
template <class Guess>
CERTIFY_HOST_DEVICE std::uint32_t thresholds_near(const CellTable& table, std::uint32_t word) {
  const std::uint64_t least = std::uint64_t{word} << 32;
  if (!Guess::is_near(word)) return thresholds_up_to(table, least);
  const float cell = __builtin_rintf(table.spread * Guess::of(word));
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
template <class Guess>
CERTIFY_HOST_DEVICE std::uint32_t look_up(const CellTable& table, std::uint32_t word,
                                          philox::Block counter, std::uint32_t key0,
                                          std::uint32_t key1, int j) {
  constexpr std::uint32_t kSecondWords = 0x80000000u;  // above every Phase
  const std::uint64_t first = std::uint64_t{word} << 32;
  const std::uint32_t least = thresholds_near<Guess>(table, word);
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

}  // namespace cells

/// As the kernels draw it.
template <class Guess>
struct CellQuads {
  struct Cells {
    std::int32_t v[4];
  };
  static CERTIFY_HOST_DEVICE Cells draw(const DeviceNoise& noise, const philox::Block& counter) {
    const philox::Block bits = philox::philox4x32_10(counter, noise.key0, noise.key1);
    const std::uint32_t words[4] = {bits.x0, bits.x1, bits.x2, bits.x3};
    Cells drawn;
    for (int j = 0; j < 4; ++j) {
      const float guess = cells::guess_cell<Guess>(noise.cells, words[j]);
      drawn.v[j] = guess != cells::kUnsure
                       ? static_cast<std::int32_t>(guess)
                       : noise.cells.lowest +
                             static_cast<std::int32_t>(cells::look_up<Guess>(
                                 noise.cells, words[j], counter, noise.key0, noise.key1, j));
    }
    return drawn;
  }

  /// The means of the noise within the cells drawn, in units of σ.
  static CERTIFY_HOST_DEVICE Quad standard(const DeviceNoise& noise, const philox::Block& counter) {
    const Cells drawn = draw(noise, counter);
    Quad z;
    for (int j = 0; j < 4; ++j) z.v[j] = noise.cells.means[drawn.v[j] - noise.cells.lowest];
    return z;
  }

  /// The value of x's cell plus that of the noise.
  /// @tparam kWhole  as of read_quad()
  template <bool kWhole>
  static CERTIFY_HOST_DEVICE Quad add(const DeviceNoise& noise, const philox::Block& counter,
                                      std::uint32_t /*left*/, Quad x) {
    const Cells drawn = draw(noise, counter);
    const float inverse = 1.0f / noise.cells.per_unit;
    for (int j = 0; j < 4; ++j) {
      x.v[j] =
          cells::value_of(noise.cells, inverse,
                          cells::cell_of(noise.cells, x.v[j]) + static_cast<float>(drawn.v[j]));
    }
    return x;
  }
};

}  // namespace certify
