#include "models/learning/networks/network.h"

#include <torch/torch.h>

#include <gtest/gtest.h>

namespace certify {
namespace {

namespace F = torch::nn::functional;

TEST(SmallCnn, GivesTheLogitsOfTorchsOwnFunctions) {
  const torch::NoGradGuard no_grad;
  const Architecture& a = find_architecture("mnist-cnn");
  auto network = make_network(a, parse_normalization("mnist", 1));
  auto generator = at::detail::createCPUGenerator(7);
  initialize(network, generator);
  std::map<std::string, at::Tensor> w;
  for (const auto& p : network.named_parameters()) {
    at::Tensor value = p.value;
    if (value.dim() == 1) value.uniform_(-0.5, 0.5, generator);
    w[p.name] = value;
  }
  const at::Tensor x = torch::rand({3, 1, 28, 28}, generator);
  at::Tensor y = (x - 0.1307F) / 0.3081F;
  y = F::relu(torch::conv2d(y, w["conv1.weight"], w["conv1.bias"]));
  y = F::max_pool2d(torch::conv2d(y, w["conv2.weight"], w["conv2.bias"]),
                    F::MaxPool2dFuncOptions(2));
  y = F::relu(torch::linear(y.flatten(1), w["fc1.weight"], w["fc1.bias"]));
  y = torch::linear(y, w["fc2.weight"], w["fc2.bias"]);
  const at::Tensor given = network.forward({x}).toTensor();
  EXPECT_LT((given - y).abs().max().item<double>(), 1e-4 * y.abs().max().item<double>());
}

TEST(SmallCnn, HasTheWeightsOfTheAuthorsNetwork) {  // 320 + 18,496 + 9216 x 128 + 128 + 1290
  const Architecture& a = find_architecture("fashion-mnist-cnn");
  EXPECT_EQ(a.input(), (ImageShape{1, 28, 28}));
  EXPECT_EQ(a.normalization, "fashion-mnist");
  std::int64_t count = 0;
  for (const at::Tensor& p : make_network(a, {}).parameters()) count += p.numel();
  EXPECT_EQ(count, 1'199'882);
}

}  // namespace
}  // namespace certify
