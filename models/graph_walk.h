#pragma once
/// Walks over the graphs of TorchScript. Brings LibTorch's headers.

#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/inliner.h>

#include <memory>

namespace certify {

/// Calls `each` for every node of the block, and of the blocks and graphs inside its nodes.
template <class Each>
void for_each_node(torch::jit::Block* block, const Each& each) {
  for (torch::jit::Node* node : block->nodes()) {
    each(node);
    for (torch::jit::Block* inner : node->blocks()) for_each_node(inner, each);
    if (node->hasAttribute(c10::attr::Subgraph)) {
      for_each_node(node->g(c10::attr::Subgraph)->block(), each);
    }
  }
}

/// The operator's argument of this name, or null.
inline torch::jit::Value* argument(torch::jit::Node* node, const char* name) {
  const c10::FunctionSchema* schema = node->maybeSchema();
  if (schema == nullptr) return nullptr;
  const auto index = schema->argumentIndexWithName(name);
  return index ? node->input(static_cast<std::size_t>(*index)) : nullptr;
}

/// A copy with the methods that it calls put in.
inline std::shared_ptr<torch::jit::Graph> inlined(const std::shared_ptr<torch::jit::Graph>& graph) {
  auto copy = graph->copy();
  torch::jit::Inline(*copy);
  return copy;
}

}  // namespace certify
