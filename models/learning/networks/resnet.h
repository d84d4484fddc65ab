#pragma once
/// Residual networks as TorchScript modules, without Python. Brings LibTorch's headers.

#include <torch/script.h>

#include "core/base/normalization.h"
#include "models/learning/networks/architecture.h"

namespace certify {

/// A network with torchvision's names of parameters and buffers ("layer1.0.conv1.weight"), except
/// that num_batches_tracked, which no forward pass reads, is left out. Takes [B,C,H,W] in [0,1],
/// normalises it, returns [B,classes] logits; BatchNorm learns while the module is in training
/// mode. Parameters may be stored in 16 bits: they are computed with in single precision.
/// Weights are zero, BatchNorm is the identity.
/// @param normalization  one entry a channel, or empty for none
torch::jit::Module make_resnet(const Architecture& architecture, int classes,
                               const Normalization& normalization);

}  // namespace certify
