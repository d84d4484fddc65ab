#pragma once
/// A network while it learns. It runs by LibTorch's plain executor, with gradients by autograd:
/// nothing is compiled or fused. No LibTorch type shows here.

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
  std::vector<float> clean{};  ///< the images without noise, where a denoiser learns
};

/// How a step goes down: by stochastic gradient descent with momentum, or by Adam (Kingma & Ba
/// 2015) with its weight decay apart from the gradient (Loshchilov & Hutter 2019).
struct Descent {
  double learning_rate = 0.1;
  double momentum = 0.9;  ///< of Adam, its β₁; β₂ is 0.999
  double weight_decay = 1e-4;
  bool adam = false;
  std::int64_t number = 1;  ///< of the step, from 1, at which Adam's means begin at nothing
};

/// What a step makes smaller, in the mean over the images.
enum class Objective {
  kLabels,       ///< cross entropy of the labels
  kCleanImages,  ///< of a denoiser: squared error, in units of the noise's variance
  /// Of a denoiser: cross entropy of what the classifier behind it answers to the clean image
  /// (Salman et al. 2020, "stability").
  kStability
};

enum class WeightBits { k16, k32 };

class TrainableNetwork {
 public:
  /// Random weights, the same for the same seed. Sets LibTorch's threads and arithmetic for the
  /// whole process.
  TrainableNetwork(const Architecture& architecture, const Normalization& normalization,
                   std::uint64_t seed, const TrainingDevice& device);
  ~TrainableNetwork();

  /// Puts a network's file behind this one, a denoiser. It stays as it is.
  /// @return its classes
  /// @throws DataError naming the file that does not take these images, or has no gradient
  int set_classifier(const std::filesystem::path& file, const ImageShape& shape,
                     const Normalization& normalization);

  /// @param sigma  of the noise, for kCleanImages
  /// @return the objective before the step; the network is unchanged where it is not finite
  double step(const Batch& batch, const Descent& descent, Objective objective = Objective::kLabels,
              double sigma = 1);
  /// How many of these images the network, or the classifier behind it, answers right, BatchNorm as
  /// it will be used.
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
