#pragma once
/// What one thread of the noise kernel does: four elements of one noisy row, as functions that the
/// host compiles too, so that tests run the same code without a GPU. Compile with floating-point
/// contraction off.

#include <cstdint>

#include "core/sampling/cuda/number.h"
#include "core/sampling/noise/philox_normal.h"

namespace certify {

/// One row of a batch. Any row may belong to any image.
struct alignas(16) NoiseRow {
  std::uint32_t slot;    ///< where the image lies in NoiseTask::images
  std::uint32_t image;   ///< index in the whole data set
  std::uint32_t phase;   ///< a Phase, or kPaddingRow
  std::uint32_t sample;  ///< of that phase
};

/// The phase of a row that only fills the batch: x alone, and nobody counts its vote.
inline constexpr std::uint32_t kPaddingRow = 0xffffffffu;

struct NoiseTask {
  const float* images;   ///< [slots][size], HWC, each slot aligned to 16 bytes where size % 4 == 0
  const NoiseRow* rows;  ///< [batch]
  const float* mean;     ///< [channels], subtracted after the noise; null for no normalisation
  const float* stddev;   ///< [channels], divided by after that
  std::uint32_t batch, size, channels;
  std::uint32_t key0, key1;  ///< the seed
  float scale;               ///< noise_scale(σ)
  /// [size], HWC, aligned like a slot: noise_scales() of a map; null: `scale` everywhere.
  const float* scales = nullptr;
};

struct Quad {
  float v[4];
};

/// Elements 4·quad … 4·quad + 3 of the row's standard normals: the bits of add_noise().
CERTIFY_HOST_DEVICE Quad normal_quad(const NoiseTask& task, const NoiseRow& row,
                                     std::uint32_t quad) {
  const philox::Block bits =
      philox::philox4x32_10({quad, row.sample, row.phase, row.image}, task.key0, task.key1);
  const philox::Pair a = philox::box_muller(bits.x0, bits.x1);
  const philox::Pair b = philox::box_muller(bits.x2, bits.x3);
  return {{a.first, a.second, b.first, b.second}};
}

/// The network's input for four elements of a row: x + σε, normalised.
CERTIFY_HOST_DEVICE Quad noisy_quad(const NoiseTask& task, const NoiseRow& row, std::uint32_t quad,
                                    const Quad& scale, Quad x) {
  if (row.phase != kPaddingRow) {
    const Quad z = normal_quad(task, row, quad);
    for (int j = 0; j < 4; ++j) x.v[j] = philox::fused(scale.v[j], z.v[j], x.v[j]);
  }
  if (task.mean != nullptr) {
    std::uint32_t channel = (4 * quad) % task.channels;
    for (int j = 0; j < 4; ++j) {
      x.v[j] = (x.v[j] - task.mean[channel]) / task.stddev[channel];
      channel = channel + 1 == task.channels ? 0 : channel + 1;
    }
  }
  return x;
}

/// Where T is stored, all four at once.
template <class T>
struct alignas(4 * sizeof(T)) PackedQuad {
  T v[4];
};

/// Four elements, or the fewer that are left.
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

/// Quad `quad` of row r of the batch: read, made noisy, written.
/// @tparam kWhole  size % 4 == 0: every quad is whole and aligned, and moves in one piece
/// @param out      [batch][size], NHWC
template <class T, bool kWhole>
CERTIFY_HOST_DEVICE void write_noisy_quad(const NoiseTask& task, std::uint32_t r,
                                          std::uint32_t quad, T* out) {
  const NoiseRow row = task.rows[r];
  const std::uint64_t first = std::uint64_t{4} * quad;
  const float* from = task.images + std::uint64_t{row.slot} * task.size + first;
  T* to = out + std::uint64_t{r} * task.size + first;
  PackedQuad<T> packed;
  const std::uint32_t left = task.size - 4 * quad;
  const Quad scale = task.scales == nullptr ? Quad{{task.scale, task.scale, task.scale, task.scale}}
                                            : read_quad<kWhole>(task.scales + first, left);
  const Quad noisy = noisy_quad(task, row, quad, scale, read_quad<kWhole>(from, left));
  for (int j = 0; j < 4; ++j) from_float(noisy.v[j], packed.v[j]);
  if constexpr (kWhole) {
    *reinterpret_cast<PackedQuad<T>*>(to) = packed;
  } else {
    for (std::uint32_t j = 0; j < 4 && j < left; ++j) to[j] = packed.v[j];
  }
}

}  // namespace certify
