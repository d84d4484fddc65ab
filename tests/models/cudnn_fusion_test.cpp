// What is done to a graph before and after LibTorch's pass, which fuses on a GPU alone.

#include "models/cudnn_fusion.h"

#include <gtest/gtest.h>
#include <torch/script.h>
#include <torch/torch.h>

#include <string>

#include "tests/models/frozen_network.h"

namespace certify {
namespace {

/// On a stem (3 to 16 channels), weights w (16 to 16) and a bias b.
torch::jit::Module network(const std::string& body) {
  return frozen_network({{"stem", {16, 3, 3, 3}}, {"w", {16, 16, 3, 3}}, {"b", {16}}}, body);
}

int count(torch::jit::Block* block, const std::string& kind) {
  int found = 0;
  for (const auto* node : block->nodes()) found += node->kind().toQualString() == kind;
  return found;
}

/// Sums whose first operand is a convolution.
int sums_that_start_with_a_convolution(torch::jit::Block* block) {
  int found = 0;
  for (const auto* node : block->nodes()) {
    const std::string kind = node->kind().toQualString();
    if (kind != "aten::add" && kind != "aten::add_") continue;
    found += std::string(node->input(0)->node()->kind().toQualString()) == "aten::conv2d";
  }
  return found;
}

constexpr const char* kResidual =
    "  y = torch.relu(self.conv(x, self.stem))\n"
    "  y = torch.relu(y + self.conv(y, self.w))\n"      // as Cohen's code has it
    "  return torch.relu(self.conv(y, self.w) + y)\n";  // as torchvision has it

TEST(CudnnFusion, PutsTheConvolutionOfASumFirstAndKeepsItsBits) {
  const torch::NoGradGuard no_grad;
  torch::jit::Module module = network(kResidual);
  const at::Tensor x = torch::randn({2, 3, 8, 8});
  const at::Tensor before = module.forward({x}).toTensor();
  const auto graph = module.get_method("forward").graph();
  EXPECT_EQ(sums_that_start_with_a_convolution(graph->block()), 1);
  put_convolutions_first(graph->block());
  graph->lint();
  EXPECT_EQ(sums_that_start_with_a_convolution(graph->block()), 2);
  EXPECT_TRUE(torch::equal(module.copy().forward({x}).toTensor(), before));
}

TEST(CudnnFusion, LeavesSumsThatWriteOrScale) {
  torch::jit::Module module = network(
      "  y = self.conv(x, self.stem)\n"
      "  z = torch.relu(y)\n"
      "  z += self.conv(z, self.w)\n"
      "  return torch.add(z, self.conv(z, self.w), alpha=2)\n");
  const auto graph = module.get_method("forward").graph();
  put_convolutions_first(graph->block());
  EXPECT_EQ(sums_that_start_with_a_convolution(graph->block()), 0);
}

TEST(CudnnFusion, KeepsThinConvolutionsFromThePassAndLeavesNothingBehind) {
  const torch::NoGradGuard no_grad;
  torch::jit::Module module = network(kResidual);
  const at::Tensor x = torch::randn({2, 3, 8, 8});
  const at::Tensor before = module.forward({x}).toTensor();
  const auto graph = module.get_method("forward").graph();
  const int fused = fuse_cudnn_convolutions(graph);
  graph->lint();
  EXPECT_EQ(count(graph->block(), "aten::detach"), 0);
  EXPECT_EQ(count(graph->block(), "aten::conv2d"), 3 - fused);
  EXPECT_TRUE(fused == 0 || fused == 2) << fused << " of three, one of which has three channels";
  if (fused == 0) {
    EXPECT_TRUE(torch::equal(module.copy().forward({x}).toTensor(), before));
  }
  RecordProperty("fused", fused);
}

}  // namespace
}  // namespace certify
