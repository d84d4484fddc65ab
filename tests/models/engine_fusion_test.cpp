// Networks with their convolutions fused against the same networks as LibTorch runs them.

#include <gtest/gtest.h>
#include <torch/script.h>
#include <torch/torch.h>

#include <string>

#include "core/base/errors.h"
#include "models/engine_fusion.h"
#include "tests/models/frozen_network.h"

namespace certify {
namespace {

/// On weights w (16 to 32 channels), v (32 to 32), s (16 to 32, 1×1), g (16 in 4 groups), and a
/// bias b; of numbers c and d for each of 16 channels, e for each of an image's and f for each
/// of its columns; of a matrix m
/// (32 to 10) and its bias n.
torch::jit::Module network(const std::string& body) {
  return frozen_network({{"w", {32, 16, 3, 3}},
                         {"v", {32, 32, 3, 3}},
                         {"s", {32, 16, 1, 1}},
                         {"g", {16, 4, 3, 3}},
                         {"b", {32}},
                         {"c", {1, 16, 1, 1}},
                         {"d", {16, 1, 1}},
                         {"e", {16, 9, 6}},
                         {"f", {6}},
                         {"m", {10, 32}},
                         {"n", {10}}},
                        body);
}

/// LibTorch cannot print what a program's node carries.
std::string kinds(torch::jit::Graph& graph) {
  std::string all;
  for (const auto* node : graph.nodes()) all += std::string(node->kind().toQualString()) + "\n";
  return all;
}

class EngineFusion : public testing::Test {
 protected:
  void SetUp() override {
    if (kernels_of(Arithmetic::kFp32).empty()) GTEST_SKIP() << "no kernels for this processor";
  }

  /// Expects `fused` convolutions in so many programs, and the network to stay what it was.
  static void expect(const std::string& body, int fused, std::size_t programs,
                     std::size_t operations) {
    const torch::NoGradGuard no_grad;
    torch::jit::Module module = network(body);
    const at::Tensor x = torch::randn({3, 16, 9, 6});
    // Of another module: this one would keep the plan that it ran with.
    const at::Tensor before = network(body).forward({x.clone()}).toTensor();
    const auto graph = module.get_method("forward").graph();
    const auto made = fuse_engine_layers(graph, {});
    EXPECT_EQ(made.size(), programs) << kinds(*graph);
    int found = 0;
    for (const auto& program : made) found += program->convolutions();
    EXPECT_EQ(found, fused) << kinds(*graph);
    graph->lint();
    // A program is three nodes: lists are packed and unpacked.
    std::size_t left = 0;
    for (const auto* node : graph->nodes()) left += node->kind() != c10::prim::Constant;
    EXPECT_EQ(left - 3 * programs, operations) << kinds(*graph);
    const at::Tensor after = module.forward({x.clone()}).toTensor();
    EXPECT_EQ(after.sizes(), before.sizes());
    EXPECT_LT((after - before).abs().max().item<float>(), 1e-5 * before.abs().max().item<float>());
  }
};

TEST_F(EngineFusion, MakesOneProgramOfABlockOfAResidualNetwork) {
  expect(
      "  y = torch.relu(self.conv(x, self.w))\n"
      "  return torch.relu(self.conv(y, self.v) + y)\n",
      2, 1, 0);
}

TEST_F(EngineFusion, JoinsWhatIsAddedInPlaceAndFromAShortcutComputedLater) {
  expect(
      "  y = torch.relu_(torch.conv2d(x, self.w, self.b, [2, 2], [1, 1]))\n"
      "  z = self.conv(y, self.v)\n"
      "  z += torch.conv2d(x, self.s, None, [2, 2])\n"
      "  return z.relu_()\n",
      3, 1, 0);
}

TEST_F(EngineFusion, KeepsASumThatOthersSee) {
  expect(
      "  y = self.conv(x, self.w)\n"
      "  return torch.relu(y) + y\n",
      1, 1, 2);
}

TEST_F(EngineFusion, GivesOutWhatOthersSeeInTheMiddle) {
  expect(
      "  y = torch.relu(self.conv(x, self.w))\n"
      "  z = self.conv(y, self.v) + y\n"
      "  return torch.sigmoid(z * 0.01) * y\n",
      2, 1, 3);
}

TEST_F(EngineFusion, EndsWhereAnotherOperationReadsWhatItGives) {
  expect(
      "  y = torch.sigmoid(self.conv(x, self.w))\n"
      "  return self.conv(y, self.v)\n",
      2, 2, 1);
}

TEST_F(EngineFusion, AProgramReadsWhatAnEarlierOneGives) {
  expect(
      "  y = self.conv(x, self.w)\n"
      "  s = torch.sigmoid(y)\n"
      "  z = self.conv(y, self.v)\n"
      "  return z.mean([2, 3]) + s.mean([2, 3])\n",
      2, 2, 4);
  expect(
      "  y = self.conv(x, self.w)\n"
      "  s = torch.sigmoid(y)\n"
      "  z = torch.relu(self.conv(y, self.v) + y)\n"
      "  return z * s\n",
      2, 2, 2);
}

TEST_F(EngineFusion, TakesStepsThatNormalizeTheImageAlong) {
  expect("  return self.conv((x - self.c) / self.d, self.w)\n", 1, 1, 0);
  expect("  return self.conv(x * self.c + self.d, self.w)\n", 1, 1, 0);
  expect(
      "  y = x - self.c\n"  // which two convolutions read
      "  return self.conv(y, self.w) + torch.conv2d(y, self.s)\n",
      2, 1, 0);
  expect(
      "  y = x / self.d\n"  // beside the image itself
      "  return self.conv(y, self.w) + torch.conv2d(x, self.s)\n",
      2, 1, 1);
}

TEST_F(EngineFusion, StepsHaveLibTorchsBits) {
  const torch::NoGradGuard no_grad;
  for (const char* steps : {"(x - self.c) / self.d", "x * self.c + self.d", "x / self.c"}) {
    torch::jit::Module whole = network(std::string("  return self.conv(") + steps + ", self.w)\n");
    torch::jit::Module first = network(std::string("  return ") + steps + "\n");
    torch::jit::Module second = network("  return self.conv(x, self.w)\n");
    EXPECT_EQ(fuse_engine_layers(whole.get_method("forward").graph(), {}).size(), 1U);
    EXPECT_EQ(fuse_engine_layers(second.get_method("forward").graph(), {}).size(), 1U);
    for (const std::int64_t channels : {16, 1}) {  // one is stretched
      const at::Tensor x = torch::randn({5, channels, 33, 21});
      const at::Tensor expected = second.forward({first.forward({x})}).toTensor();
      EXPECT_TRUE(torch::equal(whole.forward({x}).toTensor(), expected)) << steps;
    }
  }
}

TEST_F(EngineFusion, LeavesOtherStepsToLibTorch) {
  expect("  return self.conv(x - self.e, self.w)\n", 1, 1, 1);  // a number for each pixel
  expect("  return self.conv(torch.sub(x, self.c, alpha=2), self.w)\n", 1, 1, 1);
  expect("  return self.conv(torch.div(x, self.c, rounding_mode='floor'), self.w)\n", 1, 1, 1);
  expect("  return self.conv(torch.add(x, self.c, alpha=2), self.w)\n", 1, 1, 1);
  expect("  return self.conv(x - self.f, self.w)\n", 1, 1, 1);  // a number for each column
  expect("  return self.conv(self.c - x, self.w)\n", 1, 1, 1);
  expect("  return self.conv(torch.sigmoid(x) - self.c, self.w)\n", 1, 1, 2);
  expect(
      "  y = x - self.c\n"
      "  z = y / self.d\n"
      "  return self.conv(z, self.w).mean() + y.mean()\n",  // which another sees
      1, 1, 5);
  expect(
      "  y = x / self.d\n"  // which two programs read
      "  z = torch.sigmoid(self.conv(y, self.w))\n"
      "  return self.conv(z, self.v) + torch.conv2d(y, self.s)\n",
      3, 2, 3);
  expect(
      "  y = x - self.c\n"
      "  x.add_(1)\n"  // which is not the program's time
      "  return self.conv(y, self.w) + x.mean()\n",
      1, 1, 4);
}

TEST_F(EngineFusion, LeavesAnInputThatIsChangedOnTheWay) {
  expect(
      "  y = torch.relu(x)\n"
      "  z = self.conv(y, self.w)\n"
      "  y[0] = 3.0\n"
      "  return torch.relu(z) + y.sum()\n",
      0, 0, 10);
}

TEST_F(EngineFusion, LeavesStretchingToLibTorch) {
  expect(
      "  y = self.conv(x, self.w)\n"
      "  return torch.relu(y + y.detach().mean([2, 3], True))\n",
      1, 1, 3);
  expect("  return torch.relu(self.conv(x, self.w) + x.mean([1, 2, 3], True))\n", 1, 1, 3);
  // A convolution of pooled images, as in a block of global context.
  expect(
      "  y = self.conv(x, self.w)\n"
      "  z = torch.conv2d(y.mean([2, 3], True), self.v, None, [1, 1], [1, 1])\n"
      "  return y + z\n",
      2, 2, 2);
}

TEST_F(EngineFusion, TakesPoolingsBetweenConvolutionsAlong) {
  expect(
      "  y = torch.relu(self.conv(x, self.w))\n"
      "  y = torch.max_pool2d(y, [3, 3], [2, 2], [1, 1])\n"
      "  return self.conv(y, self.v)\n",
      2, 1, 0);
  expect("  return torch.relu(torch.max_pool2d(x, [3, 3], [2, 2], [1, 1]))\n", 0, 0, 2);
}

TEST_F(EngineFusion, TakesTheEndOfAClassifierAlong) {
  const std::string y = "  y = torch.relu(self.conv(x, self.w))\n";
  for (const char* end : {
           "torch.adaptive_avg_pool2d(y, [1, 1]).flatten(1)",
           "torch.adaptive_avg_pool2d(y, [1, 1]).reshape(-1, 32)", "y.mean([-1, -2])",
           "torch.avg_pool2d(y, [9, 6]).flatten(1, 3)",
           "torch.avg_pool2d(y, [8, 4], [8, 4]).flatten(1)",  // of the first window only
       }) {
    expect(y + "  return torch.linear(" + end + ", self.m, self.n)\n", 1, 1, 0);
  }
  // As Cohen's networks have it, and others.
  expect(y + "  z = torch.avg_pool2d(y, [9, 6])\n"
             "  return torch.linear(z.view(z.size(0), -1), self.m)\n",
         1, 1, 0);
  // With something between, or with more pixels, it is LibTorch's.
  expect(y + "  return torch.linear(torch.sigmoid(y.mean([2, 3])), self.m)\n", 1, 1, 3);
  expect(y + "  return torch.linear(y.mean([1, 2]), self.m[:, :6])\n", 1, 1, 2);
  expect(y + "  return torch.linear(y.amax([2, 3]), self.m)\n", 1, 1, 2);
}

TEST_F(EngineFusion, ABiasThatIsComputedOrStretchedIsLibTorchs) {
  const std::string y = "  y = torch.relu(self.conv(x, self.w))\n";
  expect(y + "  b = torch.relu(x.amax([1, 2, 3]) - 1.0).unsqueeze(1).expand(-1, 10)\n"
             "  return torch.linear(y.mean([2, 3]), self.m, b)\n",
         1, 1, 7);
  expect(y + "  return torch.linear(y.mean([2, 3]), self.m, self.n[:1])\n", 1, 1, 2);
}

TEST_F(EngineFusion, WhatReadsTheEndOfAClassifierComesBehindIt) {
  expect(
      "  y = torch.relu(self.conv(x, self.w))\n"
      "  a = torch.linear(y.mean([2, 3]), self.m, self.n)\n"
      "  b = torch.sigmoid(a)\n"
      "  z = self.conv(y, self.v)\n"
      "  return torch.linear(z.mean([2, 3]), self.m, self.n) + b\n",
      2, 2, 2);
  expect(
      "  y = torch.relu(self.conv(x, self.w))\n"
      "  a = torch.linear(y.mean([2, 3]), self.m, self.n)\n"
      "  z = self.conv(y, self.v)\n"
      "  return torch.linear(z.mean([2, 3]), self.m, self.n) + a\n",
      2, 1, 1);
}

TEST_F(EngineFusion, LeavesDilatedAndGroupedConvolutionsAlone) {
  expect(
      "  y = torch.conv2d(x, self.g, None, [1, 1], [1, 1], [1, 1], 4)\n"
      "  return torch.conv2d(y, self.w, self.b, [1, 1], [2, 2], [2, 2])\n",
      0, 0, 2);
}

TEST_F(EngineFusion, AnImageTooSmallForItsWindowIsSaid) {
  const torch::NoGradGuard no_grad;
  torch::jit::Module module = network("  return torch.conv2d(x, self.w, self.b, [1, 1], [0, 0])\n");
  fuse_engine_layers(module.get_method("forward").graph(), {});
  EXPECT_THROW(module.copy().forward({torch::randn({1, 16, 2, 9})}), std::exception);
}

TEST_F(EngineFusion, RangesOfAnotherNetworkAreRefused) {
  torch::jit::Module module = network("  return self.conv(x, self.w)\n");
  EXPECT_THROW(fuse_engine_layers(module.get_method("forward").graph(), {Arithmetic::kInt8, {}}),
               DataError);
}

}  // namespace
}  // namespace certify
