#pragma once
/// What networks are put together from: TorchScript modules with torchvision's names of parameters
/// and buffers. Brings LibTorch's headers.

#include <torch/script.h>

#include <string>
#include <vector>

#include "core/base/normalization.h"

namespace certify {

/// The layers of one network. All weights are zero, BatchNorm is the identity.
class Layers {
 public:
  /// An empty module. Each class has a name of its own: LibTorch compares classes by name, and for
  /// several of one name its analysis of aliases takes time and memory exponential in the depth of
  /// the network.
  torch::jit::Module named(const char* kind);

  /// Padded by half its kernel, without bias.
  torch::jit::Module convolution(int inputs, int outputs, int kernel, int stride);
  /// Not padded, stride 1, with bias.
  torch::jit::Module valid_convolution(int inputs, int outputs, int kernel);
  /// Learns while the module is in training mode.
  torch::jit::Module batch_norm(int channels);
  torch::jit::Module linear(int inputs, int outputs);
  /// One module behind the other, called "0", "1", …
  torch::jit::Module sequence(const std::vector<torch::jit::Module>& parts);
  torch::jit::Module normalization(const Normalization& normalization);

 private:
  int count_ = 0;
};

}  // namespace certify
