#pragma once
/// Gaussian noise that depends on (seed, image, phase, sample, pixel) and on nothing else: not on
/// batch, worker, shard, order or processor.
///
/// Philox key = seed; counter = (element / 4, sample, phase, image); the four words of a block give
/// elements 4q .. 4q+3, elements numbered in HWC order (the memory order of a channels_last batch).

#include <cstdint>
#include <string_view>
#include <vector>

namespace certify {

/// Goes into the manifest: runs whose noise has another name cannot be continued or merged.
inline constexpr std::string_view kNoiseName = "philox4x32-10/box-muller-32/hwc/v1";

/// Independent streams of one image. Their values are part of the noise: never renumber.
enum class Phase : std::uint32_t {
  kSelection = 0,
  kEstimation = 1,
  kTraining = 2,
  kAugmentation = 3,
  kAttackGradient = 4,
  kAttackAnswer = 5,
  kSigmaLearning = 6
};

struct NoiseStream {
  std::uint64_t seed = 0;
  std::uint32_t image = 0;  ///< index in the whole data set
  Phase phase = Phase::kSelection;
};

/// The smallest float that is not below sigma. Noise at least as large as stated keeps σ·Φ⁻¹ a
/// certificate of what was sampled; rounding to nearest would overclaim by 2e-8 (0.12f < 0.12).
float noise_scale(double sigma);

/// out[i] = x[i] + scale · z_i, one rounding each, for one sample.
/// @param x,out  `size` floats in HWC order, not overlapping   @param sample below 2³²
void add_noise(const float* x, float* out, std::int64_t size, float scale,
               const NoiseStream& stream, std::uint32_t sample);

/// Likewise with a scale of its own for every element.
/// @param scales  `size` floats in HWC order
void add_noise(const float* x, float* out, std::int64_t size, const float* scales,
               const NoiseStream& stream, std::uint32_t sample);

/// The implementations this processor can run, fastest first; all give the same bits.
struct NoisePath {
  std::string_view name;
  void (*add_noise)(const float*, float*, std::int64_t, float, const NoiseStream&, std::uint32_t);
  void (*add_scaled_noise)(const float*, float*, std::int64_t, const float*, const NoiseStream&,
                           std::uint32_t);
};
const std::vector<NoisePath>& noise_paths();

}  // namespace certify
