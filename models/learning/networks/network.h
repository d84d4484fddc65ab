#pragma once
/// Networks by their architecture, as TorchScript modules, without Python. Brings LibTorch's
/// headers.

#include <torch/script.h>

#include <string_view>

#include "core/base/normalization.h"
#include "models/learning/networks/architecture.h"

namespace certify {

/// Of the names of buffers that say what the input is normalised by.
inline constexpr std::string_view kNormalizePrefix = "normalize.";

/// make_resnet() or make_small_cnn(), as the architecture says.
torch::jit::Module make_network(const Architecture& architecture, int classes,
                                const Normalization& normalization);

/// Random weights to train from (He et al. 2015): convolutions normal with variance 2 / (outputs ×
/// kernel area), BatchNorm the identity, the linear layer uniform within ±1/√inputs.
void initialize(const torch::jit::Module& network, at::Generator generator);

}  // namespace certify
