#pragma once
/// Networks by their architecture, as TorchScript modules, without Python. Brings LibTorch's
/// headers.
///
/// This is the one definition of a network: it is trained, exported and certified, so none can
/// drift from another. Tests hold it against torch's own functions, in C++ and, where there is one,
/// in Python.

#include <torch/script.h>

#include <string>
#include <utility>
#include <vector>

#include "core/base/normalization.h"
#include "models/learning/networks/architecture.h"

namespace certify {

/// A network with torchvision's names of parameters and buffers ("layer1.0.conv1.weight"), except
/// that num_batches_tracked, which no forward pass reads, is left out. Takes [B,C,H,W] in [0,1],
/// normalises it, returns [B,classes] logits; BatchNorm learns while the module is in training
/// mode. Parameters may be stored in 16 bits: they are computed with in single precision.
/// Weights are zero, BatchNorm is the identity.
/// @param normalization  one entry a channel, or empty for none
torch::jit::Module make_network(const Architecture& architecture,
                                const Normalization& normalization);

/// Random weights to train from (He et al. 2015): convolutions normal with variance 2 / (outputs ×
/// kernel area), BatchNorm the identity, the linear layer uniform within ±1/√inputs.
void initialize(const torch::jit::Module& network, at::Generator generator);

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;
/// Parameters and then buffers in the order of the layers, but for what is normalised by.
NamedTensors named_weights(const torch::jit::Module& network);

/// The bytes of a TorchScript file, in evaluation mode. The same network and LibTorch give the same
/// bytes.
std::string torchscript_bytes(torch::jit::Module network);

/// Rounds every parameter and buffer of floating point to 16 bits. What was normalised by is kept.
void store_in_half(const torch::jit::Module& network);

}  // namespace certify
