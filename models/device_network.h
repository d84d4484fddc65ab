#pragma once
/// A network on its device, as LibTorch's tensors see it: what a format makes of a file. Brings
/// LibTorch's headers.

#include <ATen/core/Tensor.h>

#include <optional>

#include "core/base/normalization.h"
#include "models/function_check.h"

namespace certify {

class DeviceNetwork {
 public:
  DeviceNetwork(at::Device device, at::ScalarType element) : device_(device), element_(element) {}
  virtual ~DeviceNetwork() = default;

  at::Device device() const { return device_; }
  at::ScalarType element() const { return element_; }  ///< of the input
  /// Convolutions that were joined with what follows them.
  virtual int fused_convolutions() const { return 0; }
  /// Why the network is no function of the image, where its file tells.
  virtual std::optional<FunctionFault> fault() const { return std::nullopt; }

  /// Queues a forward pass on the current stream of device(). Safe to call from several threads.
  /// @param input  [B,C,H,W] on device(), of element(), any B. It lies in memory as [B,H,W,C], and
  ///               the network may write to it.
  /// @return [B,m] logits in the network's own precision; callers check the shape
  /// @throws what LibTorch throws
  virtual at::Tensor forward(const at::Tensor& input) const = 0;

 private:
  at::Device device_;
  at::ScalarType element_;
};

/// (images - mean) / stddev, or `images` where there is none.
/// @param images  [B,C,H,W]
at::Tensor normalized(const at::Tensor& images, const Normalization& normalization);

}  // namespace certify
