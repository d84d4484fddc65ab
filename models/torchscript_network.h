#pragma once
/// A loaded TorchScript network. Brings LibTorch's headers, which cost 15 s a file: include
/// torchscript_classifier.h or cuda_backend.h instead.

#include <torch/script.h>

#include <filesystem>

#include "models/network_options.h"
#include "models/torch_errors.h"

namespace certify {

struct TorchScriptNetwork {
  /// Loads a file for a device: in evaluation mode, frozen (BatchNorm folded in single precision),
  /// then in its precision, channels_last.
  /// @throws c10::Error for a file that is no TorchScript
  TorchScriptNetwork(const std::filesystem::path& file, const NetworkOptions& options);

  /// @param input  [B,C,H,W] on the device, of the element type   @return whatever comes out
  c10::IValue forward(const at::Tensor& input) { return module.forward({input}); }

  at::Device device;
  at::ScalarType element;
  torch::jit::Module module;
  bool frozen = false;
  int fused = 0;  ///< convolutions that were joined with what follows them, by either fusion
};

}  // namespace certify
