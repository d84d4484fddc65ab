#pragma once
/// Whether a network is a function of one image, as far as its TorchScript tells. What numbers tell
/// is looked at in function_check.h: an operator that is random once in fifty batches is seen here
/// alone. Brings LibTorch's headers, which cost 15 s a file.

#include <torch/csrc/jit/ir/ir.h>

#include <memory>
#include <optional>

#include "models/function_check.h"

namespace certify {

/// The worst of what the operators say: random numbers, whatever they are for; BatchNorm in
/// training mode; one scale of quantisation for a batch; attributes that are written and read
/// again.
/// @param graph  in evaluation mode, with attributes and called methods put in and dead code taken
///               out, as jit::freeze_module() leaves it; but nothing folded yet, since folding
///               BatchNorm into a convolution drops the mode that it is in
std::optional<FunctionFault> find_fault(const std::shared_ptr<torch::jit::Graph>& graph);

/// A graph for find_fault() of a module that cannot be frozen: called methods put in, dead code
/// taken out. Attributes stay, and nothing is known of them.
std::shared_ptr<torch::jit::Graph> inlined(const std::shared_ptr<torch::jit::Graph>& graph);

}  // namespace certify
