#pragma once
/// Networks as the bytes of TorchScript files. Brings LibTorch's headers.

#include <torch/script.h>

#include <string>

namespace certify {

/// In evaluation mode. The same network and LibTorch give the same bytes.
std::string torchscript_bytes(torch::jit::Module network);

/// Rounds every parameter and buffer of floating point to 16 bits. What was normalised by is kept.
void store_in_half(const torch::jit::Module& network);

}  // namespace certify
