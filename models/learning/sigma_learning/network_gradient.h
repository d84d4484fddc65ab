#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/base/image.h"
#include "core/base/normalization.h"
#include "models/learning/sigma_learning/differentiable_classifier.h"

namespace certify {

class AlgorithmContest;
class DifferentiableNetwork;

/// A network by LibTorch's autograd, in single precision. No LibTorch type shows
/// here.
class NetworkGradient final : public DifferentiableClassifier {
 public:
  /// Loads the file in evaluation mode. Sets LibTorch's arithmetic for the whole process.
  /// @param device  cpu, cuda or cuda:K
  /// @throws DataError naming the file for what is no such network, or one through which no
  /// gradient comes back.
  NetworkGradient(const std::filesystem::path& file, ImageShape shape,
                  const Normalization& normalization, const std::string& device);
  ~NetworkGradient() override;

  /// @throws DataError naming the file where LibTorch fails.
  Pass forward(const float* images, std::span<const int> labels) const override;
  bool takes_many_images() const override;

 private:
  std::unique_ptr<DifferentiableNetwork> network_;
  std::unique_ptr<AlgorithmContest> contest_;  // every step has the same shapes
};

}  // namespace certify
