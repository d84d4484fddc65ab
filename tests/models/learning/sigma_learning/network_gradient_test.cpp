#include "models/learning/sigma_learning/network_gradient.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "core/base/errors.h"
#include "tests/models/torchscript_files.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr ImageShape kShape{2, 3, 2};

/// Unlike each other, in [0, 1].
std::vector<float> pixels(std::size_t count) {
  std::vector<float> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<float>(i * 7 % 11) / 10;
  return out;
}

/// HWC to CHW.
std::size_t chw(std::size_t i) { return i % 2 * 6 + i / 2; }

TEST(NetworkGradient, OfALinearNetworkIsItsWeightsTimesTheSoftmaxsSlope) {
  const TemporaryFolder folder;
  const std::vector<float> weights{1, -2, 0.5, 0.25, 3, -1, 0.125, 2, -0.5, 1.5, -3, 0.75};
  write_linear_torchscript(folder / "m.pt", weights, 0.25F);
  const auto classifier = open_network_gradient(folder / "m.pt", kShape, {}, {});
  const auto images = pixels(24);
  const auto pass = classifier->forward(images.data(), std::vector<int>(2, 1));
  std::vector<float> gradients(24);
  pass.gradients(gradients.data());
  for (std::size_t row = 0; row < 2; ++row) {
    double logit = 0.25;
    for (std::size_t i = 0; i < 12; ++i) {
      logit += double{images[row * 12 + i]} * double{weights[chw(i)]};
    }
    const double p = 1 / (1 + std::exp(-logit));
    EXPECT_NEAR(pass.probabilities[row], p, 1e-6);
    for (std::size_t i = 0; i < 12; ++i) {
      EXPECT_NEAR(gradients[row * 12 + i], p * (1 - p) * double{weights[chw(i)]}, 1e-6) << i;
    }
  }
}

TEST(NetworkGradient, IsThatOfFiniteDifferencesThroughANormalisation) {
  const TemporaryFolder folder;
  write_torchscript(folder / "m.pt",
                    "return torch.tanh(torch.cumsum(x * x, 3)).flatten(1)[:, 2:7] * 3");
  const auto classifier =
      open_network_gradient(folder / "m.pt", kShape, {{0.5F, 0.25F}, {0.5F, 2}}, {});
  auto images = pixels(12);
  std::vector<float> gradient(12);
  classifier->forward(images.data(), std::vector<int>(1, 3)).gradients(gradient.data());
  for (std::size_t i = 0; i < 12; ++i) {
    constexpr float kStep = 0x1p-8F;
    const float middle = images[i];
    images[i] = middle + kStep;
    const float above = classifier->forward(images.data(), std::vector<int>(1, 3)).probabilities[0];
    images[i] = middle - kStep;
    const float below = classifier->forward(images.data(), std::vector<int>(1, 3)).probabilities[0];
    images[i] = middle;
    EXPECT_NEAR(gradient[i], (above - below) / (2 * kStep), 1e-3) << i;
  }
  const auto [least, most] = std::minmax_element(gradient.begin(), gradient.end());
  EXPECT_GT(*most - *least, 0.01F);
}

TEST(NetworkGradient, GivesTheSameBitsFromSeveralThreads) {
  const TemporaryFolder folder;
  write_residual_torchscript(folder / "m.pt");
  constexpr ImageShape kLarge{3, 8, 8};
  const auto classifier = open_network_gradient(folder / "m.pt", kLarge, {}, {});
  const auto images = pixels(192 * 4);
  const auto gradients = [&] {
    std::vector<float> out(192 * 4);
    classifier->forward(images.data(), std::vector<int>(4, 5)).gradients(out.data());
    return out;
  };
  const auto alone = gradients();
  std::vector<std::vector<float>> together(4);
  std::vector<std::thread> threads;
  for (auto& out : together) threads.emplace_back([&] { out = gradients(); });
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(together, ::testing::Each(alone));
}

TEST(NetworkGradient, RefusesWhatNoGradientComesBackThrough) {
  const TemporaryFolder folder;
  write_torchscript(folder / "m.pt", "return (x > 0.5).float().flatten(1)");
  EXPECT_THAT([&] { open_network_gradient(folder / "m.pt", kShape, {}, {}); },
              ThrowsMessage<DataError>(HasSubstr("m.pt: ")));
  folder.write("n.pt", "nothing");
  EXPECT_THAT([&] { open_network_gradient(folder / "n.pt", kShape, {}, {}); },
              ThrowsMessage<DataError>(HasSubstr("n.pt: not a network")));
}

}  // namespace
}  // namespace certify
