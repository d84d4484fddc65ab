#pragma once
/// Whether a network is a function of one image, as far as its TorchScript tells. What numbers tell
/// is looked at in function_check.h: an operator that is random once in fifty batches is seen here
/// alone. Brings LibTorch's headers, which cost 15 s a file.

#include <torch/csrc/jit/ir/ir.h>

#include <memory>
#include <optional>
#include <string>

#include "models/function_check.h"

namespace certify {

/// The worst of what the operators say: random numbers, whatever they are for; BatchNorm in
/// training mode; one scale of quantisation for a batch; attributes and constants that are written
/// and read.
/// @param written  of the file, in evaluation mode
/// @param frozen   what jit::freeze_module() makes of it: attributes and called methods put in,
/// dead code taken out, which changes no arithmetic. Nothing may be folded yet: folding BatchNorm
/// into a convolution drops the mode that it is in. Null where the network cannot be frozen.
std::optional<FunctionFault> find_fault(const std::shared_ptr<torch::jit::Graph>& written,
                                        const std::shared_ptr<torch::jit::Graph>& frozen);

/// Whether LibTorch marks an operator of this name ("aten::poisson") as one that draws random
/// numbers.
bool draws_random_numbers(const std::string& name);

}  // namespace certify
