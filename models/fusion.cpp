#include "models/fusion.h"

#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/frozen_conv_add_relu_fusion.h>
#include <torch/library.h>
#include <torch/script.h>

#include <algorithm>
#include <string>
#include <vector>

#include "models/graph_walk.h"
#include "models/winograd/winograd.h"

namespace certify {
namespace {

using torch::jit::Block;
using torch::jit::Node;
using torch::jit::Value;

const c10::Symbol kOperation = c10::Symbol::fromQualString("certify::winograd_conv");

/// y = relu(conv(x) + bias + residual), [B,C,H,W] float. @param filters  of winograd_filters()
at::Tensor winograd(const at::Tensor& x, const at::Tensor& filters, const at::Tensor& bias,
                    const c10::optional<at::Tensor>& residual, bool relu) {
  const std::int64_t out = bias.numel(), in = filters.numel() / (36 * out);
  TORCH_CHECK(x.dim() == 4 && x.size(1) == in && x.scalar_type() == at::kFloat && x.is_cpu(),
              "a convolution of ", in, " channels got a ", x.scalar_type(), " tensor ", x.sizes());
  const at::Tensor input = x.contiguous(at::MemoryFormat::ChannelsLast);
  const WinogradShape shape{x.size(0), x.size(2), x.size(3), in, out};
  at::Tensor y = at::empty({shape.rows, out, shape.height, shape.width},
                           input.options().memory_format(at::MemoryFormat::ChannelsLast));
  // What is added is the same size in every residual network; where it is not, LibTorch stretches.
  const bool same = residual && residual->sizes() == y.sizes() && residual->is_cpu() &&
                    residual->scalar_type() == at::kFloat;
  const at::Tensor added =
      same ? residual->contiguous(at::MemoryFormat::ChannelsLast) : at::Tensor();
  winograd_conv(winograd_paths().front(), shape, input.data_ptr<float>(), filters.data_ptr<float>(),
                bias.data_ptr<float>(), same ? added.data_ptr<float>() : nullptr,
                relu && (same || !residual), y.data_ptr<float>());
  if (same || !residual) return y;
  y = y + *residual;
  return relu ? y.relu_() : y;
}

TORCH_LIBRARY(certify, library) {
  library.def(
      "winograd_conv(Tensor x, Tensor filters, Tensor bias, Tensor? residual, bool relu) -> Tensor",
      winograd);
}

bool is_list(Value* value, const std::vector<std::int64_t>& expected) {
  const auto constant = torch::jit::toIValue(value);
  return constant && constant->isIntList() && constant->toIntVector() == expected;
}

/// A constant tensor; undefined where it is none.
at::Tensor tensor_of(Value* value) {
  const auto constant = torch::jit::toIValue(value);
  return constant && constant->isTensor() ? constant->toTensor() : at::Tensor();
}

bool is_number(Value* value, double expected) {
  const auto constant = torch::jit::toIValue(value);
  return constant && constant->isScalar() && constant->toScalar().toDouble() == expected;
}

bool is_named(const Node* node, const char* name, const char* or_that = "") {
  const std::string kind = node->kind().toQualString();
  return kind == name || kind == or_that;
}

bool is_convolution(const Node* node) {
  return is_named(node, "aten::conv2d", "aten::_convolution");
}

bool is_tensor(const Value* value) { return value->type()->isSubtypeOf(*c10::TensorType::get()); }

/// conv2d(x, weight, bias, stride, padding, dilation, groups), and _convolution of traced models,
/// which has transposed and output_padding before groups.
bool is_winograd(Node* node) {
  if (!is_convolution(node)) return false;
  const bool traced = is_named(node, "aten::_convolution");
  const at::Tensor weight = tensor_of(node->input(1));
  if (!weight.defined() || weight.dim() != 4 || weight.scalar_type() != at::kFloat) return false;
  if (weight.size(0) % kWinogradLanes != 0 || weight.size(1) % kWinogradLanes != 0) return false;
  if (weight.size(2) != 3 || weight.size(3) != 3) return false;
  const auto bias = torch::jit::toIValue(node->input(2));
  if (!bias || !(bias->isNone() || bias->toTensor().scalar_type() == at::kFloat)) return false;
  if (traced) {
    const auto transposed = torch::jit::toIValue(node->input(6));
    if (!transposed || transposed->toBool()) return false;
  }
  return is_list(node->input(3), {1, 1}) && is_list(node->input(4), {1, 1}) &&
         is_list(node->input(5), {1, 1}) && is_number(node->input(traced ? 8 : 6), 1);
}

/// The only node that sees what `node` gives, or null.
Node* only_use(Node* node) {
  const auto& uses = node->output()->uses();
  if (uses.size() != 1 || uses[0].user->owningBlock() != node->owningBlock()) return nullptr;
  return uses[0].user;
}

/// A convolution and what of its followers goes with it.
struct Chain {
  explicit Chain(Node* conv) : nodes{conv} {
    Node* add = only_use(conv);
    if (add && is_named(add, "aten::add", "aten::add_") && is_tensor_sum(add, conv)) {
      residual = add->input(add->input(0) == conv->output() ? 1 : 0);
      nodes.push_back(add);
    }
    Node* next = only_use(nodes.back());
    if (next && is_named(next, "aten::relu", "aten::relu_")) {
      relu = true;
      nodes.push_back(next);
    }
  }

  /// a + b, or a += b where a is the convolution's: x += conv would change x for others.
  static bool is_tensor_sum(Node* add, Node* conv) {
    if (add->inputs().size() != 3 || !is_number(add->input(2), 1)) return false;
    if (!is_tensor(add->input(0)) || !is_tensor(add->input(1))) return false;
    return add->input(0) == conv->output() || is_named(add, "aten::add");
  }

  std::vector<Node*> nodes;
  Value* residual = nullptr;
  bool relu = false;
};

/// Whether the convolution may be done where its chain ends: nothing on the way writes to what it
/// reads.
bool may_wait(const torch::jit::AliasDb& aliases, const Chain& chain) {
  torch::jit::ValueSet read{chain.nodes.front()->input(0)};
  if (chain.residual) read.insert(chain.residual);
  for (Node* node = chain.nodes.front(); node != chain.nodes.back(); node = node->next()) {
    const bool own = std::find(chain.nodes.begin(), chain.nodes.end(), node) != chain.nodes.end();
    if (!own && aliases.writesToAlias(node, read)) return false;
  }
  return true;
}

void replace(torch::jit::Graph& graph, const Chain& chain) {
  Node* conv = chain.nodes.front();
  Node* last = chain.nodes.back();
  const at::Tensor weight = tensor_of(conv->input(1)).contiguous();
  const at::Tensor given = tensor_of(conv->input(2));
  const at::Tensor bias = given.defined() ? given.contiguous() : at::zeros({weight.size(0)});
  const std::vector<float> filters = winograd_filters(weight.data_ptr<float>(), weight.size(1),
                                                      weight.size(0), winograd_paths().front());
  const at::Tensor constant = at::empty({static_cast<std::int64_t>(filters.size())});
  std::copy(filters.begin(), filters.end(), constant.data_ptr<float>());

  const torch::jit::WithInsertPoint here(last);
  Value* residual = chain.residual ? chain.residual : graph.insertConstant(torch::jit::IValue());
  Node* fused = graph.create(
      kOperation, {conv->input(0), graph.insertConstant(constant), graph.insertConstant(bias),
                   residual, graph.insertConstant(chain.relu)});
  graph.insertNode(fused);
  last->output()->replaceAllUsesWith(fused->output());
  for (auto node = chain.nodes.rbegin(); node != chain.nodes.rend(); ++node) (*node)->destroy();
}

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

int fuse_winograd_convolutions(const std::shared_ptr<torch::jit::Graph>& graph) {
  if (winograd_paths().empty()) return 0;
  int fused = 0;
  for (bool again = true; again;) {  // each change makes the alias analysis stale
    again = false;
    const torch::jit::AliasDb aliases(graph);
    for (Node* node : graph->nodes()) {
      if (!is_winograd(node)) continue;
      const Chain chain(node);
      // Later means: after whatever the network may do to the input in place.
      if (!may_wait(aliases, chain)) continue;
      replace(*graph, chain);
      ++fused;
      again = true;
      break;
    }
  }
  return fused;
}

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
