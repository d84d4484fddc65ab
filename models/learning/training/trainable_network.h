#pragma once
/// A network while it learns. No LibTorch type shows here.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/normalization.h"
#include "core/base/precision.h"
#include "models/learning/networks/architecture.h"

namespace certify {

struct TrainingDevice {
  std::string device = "cpu";
  Precision precision = Precision::kFp32;  ///< kBf16: mixed, on a GPU
  int threads = 1;                         ///< of the CPU; another number may change last bits
};

struct Batch {
  ImageShape shape;
  std::vector<float> images;  ///< [rows][height][width][channels]
  std::vector<std::int64_t> labels;
};

struct SgdStep {
  double learning_rate = 0.1;
  double momentum = 0.9;
  double weight_decay = 1e-4;
};

enum class WeightBits { k16, k32 };

class TrainableNetwork {
 public:
  /// Random weights, the same for the same seed. Sets LibTorch's threads and arithmetic for the
  /// whole process.
  TrainableNetwork(const Architecture& architecture, const Normalization& normalization,
                   std::uint64_t seed, const TrainingDevice& device);
  ~TrainableNetwork();

  /// One step of stochastic gradient descent with momentum on the mean cross entropy.
  /// @return it, before the step; the network is unchanged where it is not finite
  double step(const Batch& batch, const SgdStep& sgd);
  /// How many of these images the network answers right, BatchNorm as it will be used.
  std::int64_t count_right(const Batch& batch);

  bool is_finite() const;

  /// A checkpoint as `certify export` reads it, with momentum, and `progress` as the caller has it.
  std::string checkpoint(const std::string& progress) const;
  /// @return the `progress` of a checkpoint, whose weights and momentum this network then has
  /// @throws DataError naming the file.
  std::string restore(const std::filesystem::path& checkpoint);

  /// Rounds all weights to what 16 bits hold.
  void round_to_half();
  /// The bytes of a TorchScript file that stores weights in so many bits.
  std::string torchscript(WeightBits bits) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace certify
