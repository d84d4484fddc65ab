#include "models/learning/networks/network.h"

#include <torch/torch.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include <fmt/format.h>

#include "core/base/errors.h"

namespace certify {
namespace {

namespace F = torch::nn::functional;
using torch::jit::Module;

/// Every parameter and buffer random, so that a wrong name or order shows.
Module random_network(const std::string& name) {
  const Architecture& architecture = find_architecture(name);
  Module network = make_network(architecture, parse_normalization("cifar10", 3));
  auto generator = at::detail::createCPUGenerator(7);
  initialize(network, generator);
  const torch::NoGradGuard no_grad;
  for (const auto& p : network.named_parameters()) {
    at::Tensor value = p.value;
    if (value.dim() == 1) value.uniform_(0.2, 0.6, generator);
  }
  for (const auto& b : network.named_buffers()) {
    at::Tensor value = b.value;
    if (value.dim() == 1) value.uniform_(0.5, 1.5, generator);
  }
  network.eval();
  return network;
}

at::Tensor images(int count, int side) {
  return torch::rand({count, 3, side, side}, at::detail::createCPUGenerator(3));
}

/// The same network written once more, flat, in torch's own functions and by the papers' names.
class Reference {
 public:
  Reference(const Module& network, Architecture architecture)
      : architecture_(std::move(architecture)) {
    for (const auto& p : network.named_parameters()) values_[p.name] = p.value;
    for (const auto& b : network.named_buffers()) values_[b.name] = b.value;
  }

  at::Tensor forward(at::Tensor x) const {
    x = (x - at::tensor({0.4914, 0.4822, 0.4465}, at::kFloat).view({3, 1, 1})) /
        at::tensor({0.2023, 0.1994, 0.2010}, at::kFloat).view({3, 1, 1});
    const bool imagenet = architecture_.name == "resnet50", plain = architecture_.name == "cnn5";
    const bool large_stem = imagenet || plain;
    x = F::relu(norm("bn1", conv("conv1", x, large_stem ? 2 : 1)));
    if (large_stem) x = F::max_pool2d(x, F::MaxPool2dFuncOptions(3).stride(2).padding(1));
    for (std::size_t stage = 0; stage < architecture_.blocks.size(); ++stage) {
      for (int i = 0; i < architecture_.blocks[stage]; ++i) {
        const std::string name = fmt::format("layer{}.{}.", stage + 1, i);
        const int stride = stage > 0 && i == 0 ? 2 : 1;
        x = imagenet ? bottleneck(name, x, stride)
            : plain  ? F::relu(norm(name + "bn1", conv(name + "conv1", x, stride)))
                     : basic(name, x, stride);
      }
    }
    x = F::avg_pool2d(x, F::AvgPool2dFuncOptions(x.size(2))).flatten(1);
    return F::linear(x, values_.at("fc.weight"), values_.at("fc.bias"));
  }

 private:
  at::Tensor conv(const std::string& name, const at::Tensor& x, int stride) const {
    const at::Tensor& weight = values_.at(name + ".weight");
    return F::conv2d(x, weight, F::Conv2dFuncOptions().stride(stride).padding(weight.size(2) / 2));
  }
  at::Tensor norm(const std::string& name, const at::Tensor& x) const {
    return F::batch_norm(x, values_.at(name + ".running_mean"), values_.at(name + ".running_var"),
                         F::BatchNormFuncOptions()
                             .weight(values_.at(name + ".weight"))
                             .bias(values_.at(name + ".bias")));
  }
  at::Tensor shortcut(const std::string& block, const at::Tensor& x, int stride) const {
    if (values_.contains(block + "downsample.0.weight")) {
      return norm(block + "downsample.1", conv(block + "downsample.0", x, stride));
    }
    if (stride == 1) return x;
    const auto zeros = torch::zeros({x.size(0), x.size(1) / 2, x.size(2) / 2, x.size(3) / 2});
    const auto half =
        F::interpolate(x, F::InterpolateFuncOptions()
                              .scale_factor(std::vector<double>{0.5, 0.5})
                              .mode(torch::kNearest));  // its nearest pixel of four is the first
    return torch::cat({zeros, half, zeros}, 1);
  }
  at::Tensor basic(const std::string& name, const at::Tensor& x, int stride) const {
    at::Tensor y = F::relu(norm(name + "bn1", conv(name + "conv1", x, stride)));
    y = norm(name + "bn2", conv(name + "conv2", y, 1));
    return F::relu(y + shortcut(name, x, stride));
  }
  at::Tensor bottleneck(const std::string& name, const at::Tensor& x, int stride) const {
    at::Tensor y = F::relu(norm(name + "bn1", conv(name + "conv1", x, 1)));
    y = F::relu(norm(name + "bn2", conv(name + "conv2", y, stride)));
    y = norm(name + "bn3", conv(name + "conv3", y, 1));
    return F::relu(y + shortcut(name, x, stride));
  }

  Architecture architecture_;
  std::map<std::string, at::Tensor> values_;
};

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>() / b.abs().max().item<double>();
}

class EveryArchitecture : public testing::TestWithParam<std::string> {};

TEST_P(EveryArchitecture, GivesTheLogitsOfTorchsOwnFunctions) {
  const torch::NoGradGuard no_grad;
  Module network = random_network(GetParam());
  const Reference reference(network, find_architecture(GetParam()));
  const at::Tensor x = images(2, GetParam() == "resnet50" ? 96 : 32);
  EXPECT_LT(largest_difference(network.forward({x}).toTensor(), reference.forward(x)), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Resnet, EveryArchitecture,
                         testing::Values("resnet20", "resnet32", "resnet44", "resnet56",
                                         "resnet110", "resnet20-a", "resnet110-a", "resnet50",
                                         "cnn5"),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           std::erase(name, '-');
                           return name;
                         });

std::int64_t weights_of(const std::string& name) {
  std::int64_t count = 0;
  for (const at::Tensor& p : make_network(find_architecture(name), {}).parameters()) {
    count += p.numel();
  }
  return count;
}

TEST(Resnet, HasAsManyWeightsAsThePapersSay) {
  EXPECT_EQ(weights_of("resnet20-a"), 269'722);     // 0.27 M, He et al. 2016, table 6
  EXPECT_EQ(weights_of("resnet56-a"), 853'018);     // 0.85 M
  EXPECT_EQ(weights_of("resnet110-a"), 1'727'962);  // 1.7 M
  EXPECT_EQ(weights_of("resnet110"), 1'727'962 + 512 + 64 + 2048 + 128);  // its two projections
  EXPECT_EQ(weights_of("resnet50"), 25'557'032);                          // torchvision's
}

TEST(Resnet, IsFoundByTheNameInCohensCheckpoints) {
  EXPECT_EQ(find_architecture("cifar_resnet110").name, "resnet110");
  EXPECT_THROW(find_architecture("vgg16"), InputError);
}

Module reloaded(const Module& network) {
  std::istringstream bytes(torchscript_bytes(network));
  return torch::jit::load(bytes);
}

TEST(NetworkFile, ComesBackWithTheSameLogitsAndBytes) {
  const torch::NoGradGuard no_grad;
  Module network = random_network("resnet20-a");
  Module again = reloaded(network);
  const at::Tensor x = images(2, 32);
  EXPECT_TRUE(again.forward({x}).toTensor().equal(network.forward({x}).toTensor()));
  EXPECT_EQ(torchscript_bytes(random_network("resnet20-a")), torchscript_bytes(network));
}

TEST(NetworkFile, HalfTheBitsStayCloseAndAreComputedWithInSinglePrecision) {
  const torch::NoGradGuard no_grad;
  Module network = random_network("resnet20");
  const at::Tensor x = images(2, 32);
  const at::Tensor before = network.forward({x}).toTensor();
  const auto size = torchscript_bytes(network).size();
  store_in_half(network);
  Module again = reloaded(network);
  const at::Tensor after = again.forward({x}).toTensor();
  EXPECT_EQ(after.scalar_type(), at::kFloat);
  EXPECT_LT(largest_difference(after, before), 0.01);
  EXPECT_GT(largest_difference(after, before), 0);
  EXPECT_LT(torchscript_bytes(network).size(), size - 500'000);
}

TEST(NetworkFile, FoldsToPlainConvolutionsWhenFrozen) {
  Module network = random_network("resnet20");
  store_in_half(network);
  const auto frozen = torch::jit::freeze(reloaded(network));
  const std::string graph = frozen.get_method("forward").graph()->toString();
  EXPECT_THAT(graph, testing::Not(testing::HasSubstr("batch_norm")));
  EXPECT_THAT(graph, testing::Not(testing::HasSubstr("aten::to")));
}

}  // namespace
}  // namespace certify
