#include "models/graph_check.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include <algorithm>
#include <set>
#include <string>

#include <fmt/format.h>

#include "models/graph_walk.h"

namespace certify {
namespace {

namespace jit = torch::jit;
using jit::Node;
using jit::Value;
using Kind = FunctionFault::Kind;

constexpr const char* kOthers =
    "so its logits for an image depend on the other images of the batch";

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

/// An attribute `training` of a module is false: the module is in evaluation mode. None counts as
/// true, as it does for native_dropout.
bool may_be_true(Value* flag) {
  if (const auto constant = jit::toIValue(flag)) return !constant->isBool() || constant->toBool();
  const Node* from = flag->node();
  return from->kind() != c10::prim::GetAttr || from->s(c10::attr::name) != "training";
}

bool is_constant(Value* value, double expected) {
  const auto constant = jit::toIValue(value);
  return constant && constant->isScalar() && constant->toScalar().toDouble() == expected;
}

Value* training_flag(Node* node) {
  Value* flag = argument(node, "training");
  return flag != nullptr ? flag : argument(node, "train");
}

/// Dropout, and what has dropout inside: recurrent layers, attention.
Value* dropout_probability(Node* node) {
  for (const char* name : {"dropout", "dropout_p"}) {
    if (Value* p = argument(node, name)) return p;
  }
  const bool is_dropout = contains(node->kind().toUnqualString(), "dropout");
  return is_dropout ? argument(node, "p") : nullptr;
}

bool is_batch_norm(Node* node) { return contains(node->kind().toUnqualString(), "batch_norm"); }

/// As LibTorch marks what draws from a generator, whether one is handed in or not.
bool is_marked_random(const c10::OperatorName& name) {
  const auto operation = c10::Dispatcher::singleton().findOp(name);
  return operation && operation->hasTag(at::Tag::nondeterministic_seeded);
}

bool is_marked_random(Node* node) {
  const c10::FunctionSchema* schema = node->maybeSchema();
  return schema != nullptr &&
         (is_marked_random(schema->operator_name()) || node->isNondeterministic());
}

std::optional<FunctionFault> random_fault(Node* node) {
  const std::string name = node->kind().toQualString();
  if (is_batch_norm(node)) return std::nullopt;
  Value *const training = training_flag(node), *const p = dropout_probability(node);
  if (training != nullptr || p != nullptr) {  // marked random whatever these say
    const bool active =
        (training == nullptr || may_be_true(training)) && (p == nullptr || !is_constant(p, 0));
    if (!active) return std::nullopt;
    return FunctionFault{
        Kind::kRandom,
        fmt::format(
            "{} is in training mode and draws random numbers (write the file after .eval())",
            name)};
  }
  if (node->kind() == c10::prim::TimePoint) {
    return FunctionFault{Kind::kRandom, "it looks at the clock"};
  }
  if (!is_marked_random(node)) return std::nullopt;
  return FunctionFault{Kind::kRandom, fmt::format("{} draws random numbers", name)};
}

/// BatchNorm of a tensor [1,C,…], which is how statistics of one image or of weights are written.
/// Whether whole batches were put into that one row, numbers have to tell.
bool is_of_one_row(Value* input) {
  Node* node = input->node();
  if (node->kind() != c10::aten::reshape && node->kind() != c10::aten::view) return false;
  if (const auto sizes = jit::toIValue(node->input(1))) {
    return sizes->isIntList() && !sizes->toIntVector().empty() && sizes->toIntVector()[0] == 1;
  }
  Node* list = node->input(1)->node();
  return list->kind() == c10::prim::ListConstruct && !list->inputs().empty() &&
         is_constant(list->inputs()[0], 1);
}

/// What is quantised with the largest value of the whole batch. In 16 bits nothing is scaled.
bool is_dynamically_quantised(Node* node) {
  const std::string name = node->kind().toQualString();
  if (contains(name, "fp16")) return false;
  if (Value* dynamic = argument(node, "use_dynamic")) return may_be_true(dynamic);
  return contains(name, "dynamic") || contains(name, "choose_qparams") ||
         contains(name, "moving_avg_obs");
}

std::optional<FunctionFault> batch_fault(Node* node) {
  const std::string name = node->kind().toQualString();
  Value* training = training_flag(node);
  if (is_batch_norm(node) && training != nullptr && may_be_true(training) &&
      !is_of_one_row(node->input(0))) {
    return FunctionFault{
        Kind::kBatchDependent,
        fmt::format("{} is in training mode, {} (write the file after .eval())", name, kOthers)};
  }
  if (is_dynamically_quantised(node)) {
    return FunctionFault{
        Kind::kBatchDependent,
        fmt::format("{} scales a batch by its largest values, {} (quantise it statically)", name,
                    kOthers)};
  }
  return std::nullopt;
}

/// Whether what it gives goes anywhere: a counter that is only counted up does no harm.
bool is_read(Value* value) {
  const auto& uses = value->uses();
  return std::any_of(uses.begin(), uses.end(), [](const jit::Use& use) {
    const auto outputs = use.user->outputs();
    return outputs.empty() ||
           std::any_of(outputs.begin(), outputs.end(), [](const Value* v) { return v->hasUses(); });
  });
}

FunctionFault state(const std::string& what) {
  return {Kind::kBatchDependent,
          "it writes to " + what +
              " while it runs, so its logits may depend on the batches before (a trace, "
              "torch.jit.trace(model.eval(), images), has no memory)"};
}

/// An attribute that is written, by assignment or in place, and read.
std::optional<FunctionFault> attribute_fault(const std::shared_ptr<jit::Graph>& graph) {
  const jit::AliasDb aliases(graph);
  std::set<std::string> assigned;
  for_each_node(graph->block(), [&](Node* node) {
    if (node->kind() == c10::prim::SetAttr) assigned.insert(node->s(c10::attr::name));
  });
  std::optional<FunctionFault> fault;
  for_each_node(graph->block(), [&](Node* node) {
    if (node->kind() != c10::prim::GetAttr || node->output()->type()->is_module()) return;
    const std::string name = node->s(c10::attr::name);
    const bool written = assigned.contains(name) || aliases.hasOutputWriters(node);
    if (written && is_read(node->output())) fault = state("its attribute '" + name + "'");
  });
  return fault;
}

/// A traced network keeps the tensors that it used and did not own as constants. To be asked of the
/// graph before it is frozen, as freezing makes a copy of the constant.
std::optional<FunctionFault> constant_fault(const std::shared_ptr<jit::Graph>& graph) {
  const jit::AliasDb aliases(graph);
  std::optional<FunctionFault> fault;
  for_each_node(graph->block(), [&](Node* node) {
    const bool constant = node->kind() == c10::prim::Constant;
    if (constant && aliases.hasOutputWriters(node) && is_read(node->output())) {
      fault = state("a constant of its own");
    }
  });
  return fault;
}

}  // namespace

std::optional<FunctionFault> find_fault(const std::shared_ptr<jit::Graph>& written,
                                        const std::shared_ptr<jit::Graph>& frozen) {
  const auto whole = inlined(written);
  jit::EliminateDeadCode(whole);
  const auto graph = frozen ? frozen : whole;
  std::optional<FunctionFault> random, batch;
  for_each_node(graph->block(), [&](Node* node) {
    if (!random) random = random_fault(node);
    if (!batch) batch = batch_fault(node);
  });
  if (random || batch) return random ? random : batch;
  const auto attribute = attribute_fault(graph);
  return attribute ? attribute : constant_fault(whole);
}

bool draws_random_numbers(const std::string& name) {
  const auto all = c10::Dispatcher::singleton().getAllOpNames();
  return std::any_of(all.begin(), all.end(), [&](const c10::OperatorName& known) {
    return known.name == name && is_marked_random(known);
  });
}

}  // namespace certify
