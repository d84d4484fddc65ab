#pragma once
/// Brings LibTorch's headers, which cost 15 s a file.

#include <torch/csrc/jit/ir/ir.h>

#include <memory>

namespace certify {

/// In a frozen graph for the CPU, makes one operation of each 3×3 convolution that winograd_conv()
/// can do and of the addition and relu that follow it, wherever nobody sees what lies between.
/// @return how many convolutions; 0 on a processor without a path
int fuse_winograd_convolutions(const std::shared_ptr<torch::jit::Graph>& graph);

}  // namespace certify
