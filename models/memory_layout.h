#pragma once
/// In which order tensors lie in memory: files are made for [B,C,H,W], and [B,H,W,C] is faster.
/// Brings LibTorch's headers.

#include <torch/csrc/jit/ir/ir.h>

#include <memory>

namespace certify {

/// Makes copies of the views that only tensors in the file's own order can have, where no value
/// could tell a copy from a view.
/// @param graph  of a frozen network, changed in place
/// @return whether the network answers alike now, however its images and weights lie in memory;
/// the graph is as it was where it does not
bool free_of_layout(const std::shared_ptr<torch::jit::Graph>& graph);

}  // namespace certify
