#pragma once
/// Splitting noise, four elements at a time: for the kernels, and for the host, which compiles the
/// same code. Whole numbers alone decide; the last step divides one by another.

#include <cstdint>

#include "core/noise/device_noise.h"
#include "core/noise/noise_stream.h"
#include "core/noise/philox.h"

namespace certify {
namespace splitting {

inline constexpr std::int32_t kMost = 255;  ///< the level that 1 is

/// Uniform on 0 … offsets - 1, to offsets / 2⁶⁴.
CERTIFY_HOST_DEVICE std::uint32_t draw(std::uint32_t high, std::uint32_t low,
                                       std::uint32_t offsets) {
  const std::uint64_t carried = (std::uint64_t{low} * offsets) >> 32;
  return static_cast<std::uint32_t>((std::uint64_t{high} * offsets + carried) >> 32);
}

/// That of a sample, for all of its elements.
CERTIFY_HOST_DEVICE std::uint32_t offset_of(const CellTable& table, std::uint32_t sample,
                                            std::uint32_t phase, std::uint32_t image,
                                            std::uint32_t key0, std::uint32_t key1) {
  if (table.takes_all) return sample % table.offsets;
  const philox::Block bits = philox::philox4x32_10({0, sample, phase, image}, key0, key1);
  return draw(bits.x0, bits.x1, table.offsets);
}

/// Where its first cut lies: half a level above this one.
/// @param word  of the element, the same for all images and samples
CERTIFY_HOST_DEVICE std::int32_t cut_of(const CellTable& table, std::uint32_t offset,
                                        std::uint32_t word) {
  const auto own = static_cast<std::uint32_t>((std::uint64_t{word} * table.offsets) >> 32);
  const std::uint32_t cut = offset + own;
  return static_cast<std::int32_t>(cut < table.offsets ? cut : cut - table.offsets);
}

/// The middle of the interval of [0, 1] in which the cuts leave x.
CERTIFY_HOST_DEVICE float middle(const CellTable& table, std::int32_t cut, float x) {
  const auto offsets = static_cast<std::int32_t>(table.offsets);
  const float half_of_one = 0.5f / static_cast<float>(offsets);
  const auto level = static_cast<std::int32_t>(__builtin_rintf(x * table.per_unit));
  const std::int32_t inside = level < 0 ? 0 : level > kMost ? kMost : level;
  // The number of the cut below it, ⌊(2 (inside - cut) - 1) / 2 offsets⌋ >= -1. The quotient is no
  // nearer to a whole number than half_of_one, and off by less for up to 2¹⁸ offsets.
  const auto distance = static_cast<float>(2 * (inside - cut) - 1);
  const std::int32_t below = static_cast<std::int32_t>(distance * half_of_one + 1.0f) - 1;
  const std::int32_t low = 2 * (cut + below * offsets) + 1, high = low + 2 * offsets;  // halves
  const std::int32_t quarters = (low < 0 ? 0 : low) + (high > 2 * kMost ? 2 * kMost : high);
  return static_cast<float>(quarters) / (4.0f * static_cast<float>(kMost));
}

/// Where the cut lies, of mean 0 and variance 1 over all offsets.
CERTIFY_HOST_DEVICE float standard(const CellTable& table, std::int32_t cut) {
  const auto offsets = static_cast<float>(table.offsets);
  return (2.0f * static_cast<float>(cut) + 1.0f - offsets) / offsets * 1.73205081f;
}

}  // namespace splitting

/// As the kernels draw it.
struct SplittingQuads {
  struct Cuts {
    std::int32_t v[4];
  };
  static CERTIFY_HOST_DEVICE Cuts draw(const DeviceNoise& noise, const philox::Block& counter) {
    const std::uint32_t offset = splitting::offset_of(noise.cells, counter.x1, counter.x2,
                                                      counter.x3, noise.key0, noise.key1);
    const philox::Block own = philox::philox4x32_10(
        {counter.x0, 0, static_cast<std::uint32_t>(Phase::kCuts), 0}, noise.key0, noise.key1);
    const std::uint32_t words[4] = {own.x0, own.x1, own.x2, own.x3};
    Cuts cuts;
    for (int j = 0; j < 4; ++j) cuts.v[j] = splitting::cut_of(noise.cells, offset, words[j]);
    return cuts;
  }

  static CERTIFY_HOST_DEVICE Quad standard(const DeviceNoise& noise, const philox::Block& counter) {
    const Cuts cuts = draw(noise, counter);
    Quad z;
    for (int j = 0; j < 4; ++j) z.v[j] = splitting::standard(noise.cells, cuts.v[j]);
    return z;
  }

  /// @tparam kWhole  as of read_quad()
  template <bool kWhole>
  static CERTIFY_HOST_DEVICE Quad add(const DeviceNoise& noise, const philox::Block& counter,
                                      std::uint32_t /*left*/, Quad x) {
    const Cuts cuts = draw(noise, counter);
    for (int j = 0; j < 4; ++j) x.v[j] = splitting::middle(noise.cells, cuts.v[j], x.v[j]);
    return x;
  }
};

}  // namespace certify
