#include "models/cudnn_fusion.h"

#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/frozen_conv_add_relu_fusion.h>

#include <string>
#include <vector>

namespace certify {
namespace {

using torch::jit::Block;
using torch::jit::Node;
using torch::jit::Value;

template <class Visit>
void for_each_node(Block* block, const Visit& visit) {
  for (Node* node : block->nodes()) {
    for (Block* inner : node->blocks()) for_each_node(inner, visit);
    visit(node);
  }
}

bool is_convolution(const Node* node) {
  const std::string kind = node->kind().toQualString();
  return kind == "aten::conv2d" || kind == "aten::_convolution";
}

/// cuDNN's fused kernels want 8 channels or more in 16 bits: a 7×7 stem on 3 channels was 17 times
/// slower fused than not.
bool is_thin(const Node* node) {
  constexpr std::int64_t kFewest = 8;
  if (!is_convolution(node)) return false;
  const auto weight = torch::jit::toIValue(node->input(1));
  return weight && weight->isTensor() && weight->toTensor().size(1) < kFewest;
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
    if (std::string(node->kind().toQualString()) != "aten::add" || node->inputs().size() != 3) {
      return;
    }
    Value *const first = node->input(0), *const second = node->input(1);
    const auto factor = torch::jit::toIValue(node->input(2));
    const bool plain = factor && factor->isInt() && factor->toInt() == 1;
    if (!plain || is_convolution(first->node()) || !is_convolution(second->node())) return;
    if (!first->type()->isSubtypeOf(*c10::TensorType::get())) return;
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
    const std::string kind = node->kind().toQualString();
    fused += kind == "aten::cudnn_convolution_relu" || kind == "aten::cudnn_convolution_add_relu";
  });
  return fused;
}

}  // namespace certify
