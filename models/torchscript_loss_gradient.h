#pragma once
/// The derivative of a TorchScript file by its input. No LibTorch type shows here.

#include <filesystem>
#include <memory>
#include <string>

#include "core/attack/loss_gradient.h"
#include "core/base/image.h"
#include "models/normalization.h"

namespace certify {

/// The network as it lies in the file, in single precision: what a TorchScriptClassifier makes of
/// it to be fast has no derivative.
class TorchScriptLossGradient final : public LossGradient {
 public:
  /// @param device  "cpu" or "cuda:K"
  /// @throws DataError naming the file when it cannot be loaded or differentiated.
  TorchScriptLossGradient(const std::filesystem::path& file, ImageShape shape,
                          const Normalization& normalization, const std::string& device);
  ~TorchScriptLossGradient() override;

  /// @throws DataError when the network fails on this batch.
  void gradient(const float* batch, std::int64_t rows, int attacked, AttackLoss loss,
                float* out) const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace certify
