#pragma once
/// Convolutions of a frozen graph, given to the engine with what follows them. Brings LibTorch's
/// headers, which cost 15 s a file.

#include <torch/csrc/jit/ir/ir.h>

#include <map>
#include <memory>
#include <vector>

#include "models/engine/engine_program.h"

namespace certify {

/// How the engine is to compute.
struct EngineOptions {
  Arithmetic arithmetic = Arithmetic::kFp32;
  /// For kInt8: of the values of each program, in the order of the graph.
  std::vector<std::vector<Range>> ranges{};
};

/// In a frozen graph for the CPU, makes one operation of as many layers that the engine has as
/// follow each other: convolutions with the sum and the ReLU behind them, poolings between them.
/// What is computed is the same, but for rounding. All else runs as LibTorch runs it: other layers,
/// sums that are not provably of one size, networks that cannot be frozen.
/// @return the programs; none on a processor that has no kernels for the arithmetic
/// @throws DataError where `ranges` are not of these programs
std::vector<std::shared_ptr<const EngineProgram>> fuse_engine_layers(
    const std::shared_ptr<torch::jit::Graph>& graph, const EngineOptions& options);

/// While one lives, programs that its thread runs note what their values are. They compute in
/// single precision.
class WatchedPrograms {
 public:
  WatchedPrograms();
  ~WatchedPrograms();
  WatchedPrograms(const WatchedPrograms&) = delete;
  WatchedPrograms& operator=(const WatchedPrograms&) = delete;

  /// Of the program's values; zeros where it did not run.
  std::vector<Range>& ranges_of(const EngineProgram& program) { return ranges_[&program]; }

 private:
  std::map<const EngineProgram*, std::vector<Range>> ranges_;
};

}  // namespace certify
