#pragma once
/// A network that can be differentiated by its input. Brings LibTorch's headers, which cost 15 s a
/// file.

#include <ATen/core/Tensor.h>

#include <exception>
#include <filesystem>
#include <memory>
#include <string>

#include "core/base/image.h"
#include "core/base/normalization.h"
#include "models/device_network.h"
#include "models/libtorch_settings.h"

namespace certify {

/// In single precision and evaluation mode. Safe to use from several threads at once.
class DifferentiableNetwork {
 public:
  /// Tries it on a gray image.
  /// @throws DataError naming the file when it is missing, of no known format, damaged, or has no
  /// gradient by its input; else as fail().
  DifferentiableNetwork(const std::filesystem::path& file, const ImageShape& shape,
                        const Normalization& normalization, const NetworkOptions& options);

  at::Device device() const { return network_->device(); }
  /// A copy on the device to differentiate by: [rows,C,H,W].
  /// @param images  rows × H × W × C floats
  at::Tensor leaf(const float* images, std::int64_t rows) const;
  /// [rows,m] floats, with the way back to the images where they have one.
  /// @param images  [rows,C,H,W] floats in [0,1] on device()
  at::Tensor logits(const at::Tensor& images) const;
  /// The derivative of the sum of `values` by `leaf`: [rows,H,W,C] on the host.
  static at::Tensor gradient(const at::Tensor& values, const at::Tensor& leaf);

  /// Says what became of a call that failed.
  /// @throws bad_alloc, OutOfDeviceMemory, DeviceLost or DataError naming the file.
  [[noreturn]] void fail(const std::exception& error) const;

 private:
  std::string file_;
  ImageShape shape_;
  Normalization normalization_;
  std::unique_ptr<DeviceNetwork> network_;
};

}  // namespace certify
