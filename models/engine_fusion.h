#pragma once
/// Convolutions of a frozen graph, given to the engine with what follows them. Brings LibTorch's
/// headers, which cost 15 s a file.

#include <torch/csrc/jit/ir/ir.h>

#include <memory>
#include <vector>

#include "models/engine/program.h"

namespace certify {

/// How the engine is to compute.
struct EngineOptions {
  Arithmetic arithmetic = Arithmetic::kFp32;
  /// For kInt8: of the values of each program, in the order of the graph.
  std::vector<std::vector<Range>> ranges{};
};

/// In a frozen graph for the CPU, makes one operation of as many layers that the engine has as
/// follow each other: convolutions with the sum and the ReLU behind them, poolings between them.
/// What is computed is the same, but for rounding.
/// @return the programs; none on a processor that has no kernels for the arithmetic
/// @throws DataError where `ranges` are not of these programs
std::vector<std::shared_ptr<const Program>> fuse_engine_layers(
    const std::shared_ptr<torch::jit::Graph>& graph, const EngineOptions& options);

}  // namespace certify
