#pragma once
/// A network on its device, as LibTorch's tensors see it: what a format makes of a file. Brings
/// LibTorch's headers.

#include <ATen/core/Tensor.h>

#include "core/base/normalization.h"

namespace certify {

class DeviceNetwork {
 public:
  DeviceNetwork(at::Device device, at::ScalarType element) : device_(device), element_(element) {}
  virtual ~DeviceNetwork() = default;

  at::Device device() const { return device_; }
  at::ScalarType element() const { return element_; }  ///< of the input
  /// Convolutions that were joined with what follows them.
  virtual int fused_convolutions() const { return 0; }

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
