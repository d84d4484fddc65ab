#pragma once
/// Convolutions of a frozen graph, made one operation with what follows them. Brings LibTorch's
/// headers, which cost 15 s a file.

#include <torch/csrc/jit/ir/ir.h>

#include <memory>

namespace certify {

/// In a frozen graph for a GPU, makes one operation of each convolution and of the addition and
/// ReLU that follow it, by LibTorch's pass. Before it, sums are written the way that the pass looks
/// for; convolutions of fewer than 8 input channels are kept from it. Weights must not be
/// channels_last yet: the pass passes over those.
/// @return how many convolutions
int fuse_cudnn_convolutions(const std::shared_ptr<torch::jit::Graph>& graph);

/// Of two summands, makes the convolution the first: LibTorch's pass (2.11) fuses no other sum, and
/// residual networks are written both ways. A float sum has the same bits either way.
void put_convolutions_first(torch::jit::Block* block);

}  // namespace certify
