#pragma once
/// The layers that networks are built of, as TorchScript modules. Brings LibTorch's headers.

#include <torch/script.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/base/normalization.h"

namespace certify {

/// Weights are zero, BatchNorm is the identity. The text of every forward pass says `.float()`: no
/// operation on single precision and folded away by freezing, it lets a file hold its weights in 16
/// bits.
class Layers {
 protected:
  using Module = torch::jit::Module;
  explicit Layers(const Normalization& normalization) : normalization_(normalization) {}

  /// An empty module. Each class has a name of its own: LibTorch compares classes by name, and for
  /// several of one name its analysis of aliases takes time and memory exponential in the depth of
  /// the network.
  Module named(const char* kind);
  /// Padded by half its kernel, without bias.
  Module convolution(int inputs, int outputs, int kernel, int stride);
  /// Not padded, stride 1, with bias.
  Module valid_convolution(int inputs, int outputs, int kernel);
  Module linear(int inputs, int outputs);
  /// Learns while the module is in training mode.
  Module batch_norm(int channels);
  /// One module behind the other, called "0", "1", …
  Module sequence(const std::vector<Module>& parts);
  /// @return its line in the network's forward pass
  const char* add_normalization(Module& network);

 private:
  Module layer_of(const char* kind,
                  const std::vector<std::pair<const char*, std::vector<std::int64_t>>>& parameters,
                  const std::string& result);

  const Normalization& normalization_;
  int count_ = 0;  ///< of modules
};

}  // namespace certify
