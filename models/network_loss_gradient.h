#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/attack/loss_gradient.h"
#include "core/base/image.h"
#include "core/base/normalization.h"

namespace certify {

class DifferentiableNetwork;

/// Of a network's file, in single precision. No LibTorch type shows here.
class NetworkLossGradient final : public LossGradient {
 public:
  /// @param device  "cpu" or "cuda:K"
  /// @throws DataError naming the file when it cannot be loaded or differentiated.
  NetworkLossGradient(const std::filesystem::path& file, ImageShape shape,
                      const Normalization& normalization, const std::string& device);
  ~NetworkLossGradient() override;

  /// @throws DataError naming the file where the network fails; DeviceLost where the GPU does.
  void gradient(const float* batch, std::int64_t rows, int attacked, AttackLoss loss,
                float* out) const override;

 private:
  std::unique_ptr<DifferentiableNetwork> network_;
};

}  // namespace certify
