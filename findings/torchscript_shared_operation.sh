#!/usr/bin/env bash
# TorchScript's interpreter (torch 2.15.0, CPU) runs every node of a custom operator as the first one of its graph.
# An operator can be registered with a function that makes the operation of a node (torch::jit::OperationCreator), so
# that it can look at the node's attributes.
# Expected: each node runs the operation that was made of it, as torch::jit::Node::getOperation() gives it.
# Seen: the function is called for each node, but the interpreter keeps one operation for each operator's name and
# number of inputs, the first: x * 2 * 3 comes out as x * 2 * 2. There is no warning. With a schema of variable
# arguments ("op(...) -> ...") each node keeps its own.
# Debian's LibTorch 1.13.1 does the same. certify therefore hands what differs as an argument.
# Exits non-zero when any of this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install -q torch==2.15.0 numpy==2.4.6
cat >times.cpp <<'CPP'
#include <torch/csrc/jit/runtime/custom_operator.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/script.h>

#include <iostream>

using namespace torch::jit;

int made = 0;

Operation times(const Node* node) {
  ++made;
  const double factor = node->f(Symbol::attr("factor"));
  return [factor](Stack& stack) { push(stack, pop(stack).toTensor() * factor); };
}

double product(const char* name, bool in_interpreter) {
  auto graph = std::make_shared<Graph>();
  Value* value = graph->addInput();
  std::vector<Node*> nodes;
  for (const double factor : {2.0, 3.0}) {
    Node* node = graph->insertNode(graph->create(Symbol::fromQualString(name), {value}));
    node->f_(Symbol::attr("factor"), factor);
    value = node->output();
    nodes.push_back(node);
  }
  graph->registerOutput(value);
  Stack stack{at::ones({1})};
  if (in_interpreter) {
    InterpreterState(Code(graph, "times")).run(stack);
  } else {
    for (Node* node : nodes) node->getOperation()(stack);
  }
  return stack.back().toTensor().item<double>();
}

int main() {
  const RegisterOperators registered({
      Operator("test::fixed(Tensor x) -> Tensor", times, c10::AliasAnalysisKind::PURE_FUNCTION),
      Operator("test::variable(...) -> ...", times, c10::AliasAnalysisKind::PURE_FUNCTION),
  });
  std::cout << "nodes " << product("test::fixed", false);
  made = 0;
  std::cout << ", interpreter " << product("test::fixed", true) << ", made " << made;
  std::cout << "; with ...: " << product("test::variable", true) << "\n";
}
CPP
torch=$(env/bin/python -c 'import torch; print(torch.__path__[0])')
c++ -std=c++20 -w times.cpp -o times -I"$torch/include" -I"$torch/include/torch/csrc/api/include" \
  -L"$torch/lib" -Wl,-rpath,"$torch/lib" -Wl,--no-as-needed -ltorch -ltorch_cpu -lc10
seen=$(./times)
echo "torch 2.15.0: $seen"
[ "$seen" = "nodes 6, interpreter 4, made 2; with ...: 6" ]
