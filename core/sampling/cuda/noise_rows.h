#pragma once
/// What one thread of the noise kernel does: four elements of one noisy row, as functions that the
/// host compiles too. Tests hold this twin against the host's noise where there is no GPU; on a GPU
/// scripts/gpu_check.sh compares the kernels with it. core/noise/*_quad.h and the other *_rows.h
/// here are of the same kind. Compile with floating-point contraction off.

#include <cstdint>

#include "core/noise/device_families.h"
#include "core/sampling/cuda/number.h"

namespace certify {

/// One row of a batch. Any row may belong to any image.
struct alignas(16) NoiseRow {
  std::uint32_t slot;    ///< where the image lies in NoiseTask::images
  std::uint32_t image;   ///< index in the whole data set
  std::uint32_t phase;   ///< a Phase, or kPaddingRow
  std::uint32_t sample;  ///< of that phase
};

/// The phase of a row that only fills the batch: x alone, and its vote is not counted.
inline constexpr std::uint32_t kPaddingRow = 0xffffffffu;

struct NoiseTask {
  const float* images;   ///< [slots][size], HWC, each slot aligned to 16 bytes where size % 4 == 0
  const NoiseRow* rows;  ///< [batch]
  const float* mean;     ///< [channels], subtracted after the noise; null for no normalisation
  const float* stddev;   ///< [channels], divided by after that
  std::uint32_t batch, size, channels;
  DeviceFamily family;  ///< the `Family` of the functions below, by with_family()
  DeviceNoise noise;
};

/// What the noise of a quad depends on, besides the seed.
CERTIFY_HOST_DEVICE philox::Block noise_counter(const NoiseRow& row, std::uint32_t quad) {
  return {quad, row.sample, row.phase, row.image};
}

/// The network's input for four elements of a row: noisy, normalised.
template <class Family, bool kWhole>
CERTIFY_HOST_DEVICE Quad noisy_quad(const NoiseTask& task, const NoiseRow& row, std::uint32_t quad,
                                    std::uint32_t left, Quad x) {
  if (row.phase != kPaddingRow) {
    x = Family::template add<kWhole>(task.noise, noise_counter(row, quad), left, x);
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

/// Quad `quad` of row r of the batch: read, made noisy, written.
/// @tparam kWhole  size % 4 == 0: every quad is whole and aligned, and moves in one piece
/// @param out      [batch][size], NHWC
template <class Family, class T, bool kWhole>
CERTIFY_HOST_DEVICE void write_noisy_quad(const NoiseTask& task, std::uint32_t r,
                                          std::uint32_t quad, T* out) {
  const NoiseRow row = task.rows[r];
  const std::uint64_t first = std::uint64_t{4} * quad;
  const float* from = task.images + std::uint64_t{row.slot} * task.size + first;
  T* to = out + std::uint64_t{r} * task.size + first;
  PackedQuad<T> packed;
  const std::uint32_t left = task.size - 4 * quad;
  const Quad noisy =
      noisy_quad<Family, kWhole>(task, row, quad, left, read_quad<kWhole>(from, left));
  for (int j = 0; j < 4; ++j) from_float(noisy.v[j], packed.v[j]);
  if constexpr (kWhole) {
    *reinterpret_cast<PackedQuad<T>*>(to) = packed;
  } else {
    for (std::uint32_t j = 0; j < 4 && j < left; ++j) to[j] = packed.v[j];
  }
}

}  // namespace certify
