#pragma once
/// Brings LibTorch's headers, which cost 15 s a file.

#include <torch/script.h>
#include <torch/torch.h>

#include <string>
#include <utility>
#include <vector>

namespace certify {

/// A frozen network whose forward is `body`. It has random weights of these names and shapes, and
/// conv(x, w): a 3×3 convolution, padded, with the bias `b`.
inline torch::jit::Module frozen_network(
    const std::vector<std::pair<std::string, std::vector<std::int64_t>>>& weights,
    const std::string& body) {
  torch::manual_seed(1);
  torch::jit::Module module("Net");
  for (const auto& [name, shape] : weights) {
    module.register_parameter(name, torch::randn(shape), false);
  }
  module.define(
      "def conv(self, x: Tensor, w: Tensor):\n"
      "  return torch.conv2d(x, w, self.b, [1, 1], [1, 1])\n");
  module.define("def forward(self, x: Tensor):\n" + body);
  module.eval();
  return torch::jit::freeze(module);
}

}  // namespace certify
