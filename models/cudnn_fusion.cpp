#include "models/cudnn_fusion.h"

#include <torch/csrc/jit/passes/frozen_conv_add_relu_fusion.h>
#include <torch/script.h>

#include <vector>

#include "models/graph_match.h"
#include "models/graph_walk.h"

namespace certify {
namespace {

using torch::jit::Block;
using torch::jit::Node;
using torch::jit::Value;

/// cuDNN's fused kernels want 8 channels or more in 16 bits: a 7×7 stem on 3 channels was 17 times
/// slower fused than not.
bool is_thin(const Node* node) {
  constexpr std::int64_t kFewest = 8;
  if (!is_convolution(node)) return false;
  const at::Tensor weight = tensor_of(node->input(1));
  return weight.defined() && weight.size(1) < kFewest;
}

/// Puts an operation that changes nothing behind thin convolutions while it lives, which the pass
/// does not know.
class HiddenConvolutions {
 public:
  explicit HiddenConvolutions(torch::jit::Graph& graph) {
    std::vector<Node*> thin;
    for_each_node(graph.block(), [&](Node* node) {
      if (is_thin(node)) thin.push_back(node);
    });
    for (Node* node : thin) {
      Node* const screen = graph.create(c10::aten::detach, {node->output()});
      screen->insertAfter(node);
      screen->output()->setType(node->output()->type());
      node->output()->replaceAllUsesAfterNodeWith(screen, screen->output());
      screens_.push_back(screen);
    }
  }
  ~HiddenConvolutions() {
    for (Node* screen : screens_) {
      screen->output()->replaceAllUsesWith(screen->input());
      screen->destroy();
    }
  }
  HiddenConvolutions(const HiddenConvolutions&) = delete;
  HiddenConvolutions& operator=(const HiddenConvolutions&) = delete;

 private:
  std::vector<Node*> screens_;
};
}  // namespace

void put_convolutions_first(Block* block) {
  for_each_node(block, [](Node* node) {
    // Not `+=`, which writes to its first operand, nor a sum with a factor on the second.
    if (!is_named(node, "aten::add") || node->inputs().size() != 3) return;
    Value *const first = node->input(0), *const second = node->input(1);
    if (!is_number(node->input(2), 1) || is_convolution(first->node())) return;
    if (!is_convolution(second->node()) || !is_tensor(first)) return;
    node->replaceInput(0, second);
    node->replaceInput(1, first);
  });
}

int fuse_cudnn_convolutions(const std::shared_ptr<torch::jit::Graph>& graph) {
  put_convolutions_first(graph->block());
  {
    const HiddenConvolutions hidden(*graph);
    auto handle = graph;  // it takes a reference to one
    torch::jit::FuseFrozenConvAddRelu(handle);
  }
  int fused = 0;
  for_each_node(graph->block(), [&](const Node* node) {
    fused += is_named(node, "aten::cudnn_convolution_relu", "aten::cudnn_convolution_add_relu");
  });
  return fused;
}

}  // namespace certify
