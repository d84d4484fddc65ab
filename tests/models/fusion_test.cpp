// Networks with their convolutions fused against the same networks as LibTorch runs them.

#include <gtest/gtest.h>
#include <torch/script.h>
#include <torch/torch.h>

#include <string>

#include "models/fusion.h"
#include "models/winograd/winograd.h"
#include "tests/models/frozen_network.h"

namespace certify {
namespace {

/// On weights w (16 to 32 channels), v (32 to 32) and s (16 to 32, 1×1), and a bias b.
torch::jit::Module network(const std::string& body) {
  return frozen_network(
      {{"w", {32, 16, 3, 3}}, {"v", {32, 32, 3, 3}}, {"s", {32, 16, 1, 1}}, {"b", {32}}}, body);
}

class Fusion : public testing::Test {
 protected:
  void SetUp() override {
    if (winograd_paths().empty()) GTEST_SKIP() << "no path for this processor";
  }

  /// Expects `fused` convolutions to be joined, and the network to stay what it was.
  static void expect(const std::string& body, int fused, std::size_t operations) {
    const torch::NoGradGuard no_grad;
    torch::jit::Module module = network(body);
    const at::Tensor x = torch::randn({3, 16, 9, 6});
    const at::Tensor before = module.forward({x.clone()}).toTensor();
    const auto graph = module.get_method("forward").graph();
    EXPECT_EQ(fuse_winograd_convolutions(graph), fused) << graph->toString();
    graph->lint();
    std::size_t left = 0;
    for (const auto* node : graph->nodes()) left += node->kind() != c10::prim::Constant;
    EXPECT_EQ(left, operations) << graph->toString();
    const at::Tensor after = module.copy().forward({x.clone()}).toTensor();
    EXPECT_EQ(after.sizes(), before.sizes());
    EXPECT_LT((after - before).abs().max().item<float>(), 1e-5 * before.abs().max().item<float>());
  }
};

TEST_F(Fusion, JoinsABlockOfAResidualNetwork) {
  expect(
      "  y = torch.relu(self.conv(x, self.w))\n"
      "  return torch.relu(self.conv(y, self.v) + y)\n",
      2, 2);
}

TEST_F(Fusion, JoinsWhatIsAddedInPlaceAndFromAShortcutComputedLater) {
  expect(
      "  y = torch.relu_(self.conv(x, self.w))\n"
      "  z = self.conv(y, self.v)\n"
      "  z += torch.conv2d(x, self.s)\n"
      "  return z.relu_()\n",
      2, 3);
}

TEST_F(Fusion, KeepsASumThatOthersSee) {
  expect(
      "  y = self.conv(x, self.w)\n"
      "  return torch.relu(y) + y\n",
      1, 3);
}

TEST_F(Fusion, DoesNotJoinAnInputThatIsChangedOnTheWay) {
  expect(
      "  y = torch.relu(x)\n"
      "  z = self.conv(y, self.w)\n"
      "  y.mul_(3.0)\n"
      "  return torch.relu(z) + y.sum()\n",
      0, 6);
}

TEST_F(Fusion, StretchesWhatIsAddedAsLibTorchDoes) {
  expect(
      "  y = self.conv(x, self.w)\n"
      "  return torch.relu(y + y.detach().mean([2, 3], True))\n",
      1, 4);
  expect("  return torch.relu(self.conv(x, self.w) + x.mean([1, 2, 3], True))\n", 1, 2);
}

TEST_F(Fusion, LeavesOtherConvolutionsAlone) {
  expect(
      "  y = torch.conv2d(x, self.w, self.b, [2, 2], [1, 1])\n"
      "  y = torch.conv2d(y, self.v, self.b, [1, 1], [0, 0])\n"
      "  return torch.conv2d(y, self.v, self.b, [1, 1], [2, 2], [2, 2])\n",
      0, 3);
}

}  // namespace
}  // namespace certify
