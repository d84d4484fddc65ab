#pragma once
/// Noise depends on (seed, image, phase, sample, element) and on nothing else: not on batch,
/// worker, shard, order or processor.

#include <cstdint>

namespace certify {

/// Independent streams of one image. Their values are part of the noise: never renumber.
enum class Phase : std::uint32_t {
  kSelection = 0,
  kEstimation = 1,
  kTraining = 2,
  kAugmentation = 3,
  kAttackGradient = 4,
  kAttackAnswer = 5,
  kSigmaLearning = 6,
  kCalibration = 7,
  kCuts = 8  ///< where each element is cut, for all images, by noise that cuts their range
};

struct NoiseStream {
  std::uint64_t seed = 0;
  std::uint32_t image = 0;  ///< index in the whole data set
  Phase phase = Phase::kSelection;
};

}  // namespace certify
