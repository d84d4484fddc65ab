#include "models/memory_layout.h"

#include <torch/csrc/jit/ir/alias_analysis.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "models/graph_walk.h"

namespace certify {
namespace {

namespace jit = torch::jit;

/// Whether some other value may see what is written to a view: then it must not become a copy.
bool is_written_later(jit::Node* view, const jit::AliasDb& aliases) {
  const jit::ValueSet seen{view->input(0), view->output()};
  bool in_loop = false;
  for (const jit::Node* outer = view->owningBlock()->owningNode(); outer != nullptr;
       outer = outer->owningBlock()->owningNode()) {
    in_loop = in_loop || outer->kind() == c10::prim::Loop;
  }
  bool later = false;
  for_each_node(view->owningGraph()->block(), [&](jit::Node* node) {
    later = later || (aliases.writesToAlias(node, seen) && (in_loop || view->isBefore(node)));
  });
  return later;
}

}  // namespace

bool free_of_layout(const std::shared_ptr<jit::Graph>& graph) {
  const std::set<c10::Symbol> dependent{c10::aten::as_strided, c10::aten::as_strided_,
                                        c10::aten::stride};
  const std::map<c10::Symbol, c10::Symbol> copying{{c10::aten::view, c10::aten::reshape},
                                                   {c10::aten::view_as, c10::aten::reshape_as}};
  bool found = false;
  std::vector<jit::Node*> views;
  for_each_node(graph->block(), [&](jit::Node* node) {
    // Of a graph inside a node (prim::fork) it cannot be told here what is written, and when.
    found = found || dependent.contains(node->kind()) || node->hasAttribute(c10::attr::Subgraph);
    const bool to_another_type = argument(node, "dtype") != nullptr;
    if (copying.contains(node->kind()) && !to_another_type) views.push_back(node);
  });
  if (found || views.empty()) return !found;
  const jit::AliasDb aliases(graph);
  if (std::any_of(views.begin(), views.end(),
                  [&](jit::Node* view) { return is_written_later(view, aliases); })) {
    return false;
  }
  for (jit::Node* view : views) {
    view->replaceWithNewSymbol(copying.at(view->kind()));
    view->destroy();
  }
  return true;
}

}  // namespace certify
