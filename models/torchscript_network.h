#pragma once
/// A loaded TorchScript network. Brings LibTorch's headers, which cost 15 s a file: include
/// torchscript_classifier.h or cuda_backend.h instead.

#include <torch/script.h>

#include <exception>
#include <filesystem>
#include <string>

#include "models/network_options.h"

namespace certify {

/// LibTorch's messages carry stack traces; this is the line that says why.
std::string reason(const std::exception& error);
/// By their words: an error inside a network loses its type on the way out.
bool is_out_of_device_memory(const std::exception& error);
bool is_out_of_host_memory(const std::exception& error);
bool is_device_error(const std::exception& error);

/// Sets LibTorch's arithmetic for the whole process: TF32 only where it is asked for, algorithms
/// chosen by a contest only where the last bits may differ from process to process.
void set_arithmetic(const NetworkOptions& options);

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
