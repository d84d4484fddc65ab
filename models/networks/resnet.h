#pragma once
/// Residual networks as TorchScript modules, without Python. Brings LibTorch's headers.

#include <torch/script.h>

#include <string_view>

#include "models/networks/architecture.h"
#include "models/normalization.h"

namespace certify {

/// Of the names of buffers that say what the input is normalised by.
inline constexpr std::string_view kNormalizePrefix = "normalize.";

/// A network with torchvision's names of parameters and buffers ("layer1.0.conv1.weight"), except
/// that num_batches_tracked, which no forward pass reads, is left out. Takes [B,C,H,W] in [0,1],
/// normalises it, returns [B,classes] logits; BatchNorm learns while the module is in training
/// mode. Parameters may be stored in 16 bits: they are computed with in single precision.
/// Weights are zero, BatchNorm is the identity.
/// @param normalization  one entry a channel, or empty for none
torch::jit::Module make_resnet(const Architecture& architecture, int classes,
                               const Normalization& normalization);

/// Random weights to train from (He et al. 2015): convolutions normal with variance 2 / (outputs ×
/// kernel area), BatchNorm the identity, the linear layer uniform within ±1/√inputs.
void initialize(const torch::jit::Module& network, at::Generator generator);

}  // namespace certify
