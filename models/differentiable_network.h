#pragma once
/// A TorchScript file that can be differentiated by its input: what a TorchScriptNetwork makes of
/// it to be fast has no derivative. Brings LibTorch's headers, which cost 15 s a file.

#include <torch/script.h>

#include <exception>
#include <filesystem>
#include <string>

#include "core/base/image.h"
#include "models/normalization.h"

namespace certify {

/// In single precision and evaluation mode. Safe to use from several threads at once.
class DifferentiableNetwork {
 public:
  /// @param device  "cpu" or "cuda:K"
  /// @throws DataError naming the file when it is no TorchScript, else as fail().
  DifferentiableNetwork(const std::filesystem::path& file, const ImageShape& shape,
                        const Normalization& normalization, const std::string& device);

  at::Device device() const { return device_; }
  /// A copy on the device to differentiate by: [rows,C,H,W].
  /// @param images  rows × H × W × C floats
  at::Tensor leaf(const float* images, std::int64_t rows) const;
  /// [rows,m] floats, with the way back to `leaf`.
  at::Tensor logits(const at::Tensor& leaf) const;
  /// The derivative of the sum of `values` by `leaf`: [rows,H,W,C] on the host.
  static at::Tensor gradient(const at::Tensor& values, const at::Tensor& leaf);

  /// Says what became of a call that failed.
  /// @throws bad_alloc, OutOfDeviceMemory, DeviceLost or DataError naming the file.
  [[noreturn]] void fail(const std::exception& error) const;

 private:
  std::string file_;
  ImageShape shape_;
  at::Device device_;
  torch::jit::Module module_;
  at::Tensor mean_, stddev_;  // [1,C,1,1], undefined for none
};

}  // namespace certify
