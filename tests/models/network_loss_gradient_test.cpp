#include "models/network_loss_gradient.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "core/base/errors.h"
#include "models/network.h"
#include "tests/models/torchscript_files.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::HasSubstr;

constexpr ImageShape kShape{3, 4, 5};
constexpr std::int64_t kRows = 3;

std::vector<float> batch() {
  std::vector<float> values;
  for (int i = 0; i < kRows * kShape.size(); ++i) {
    values.push_back(0.5f + 0.5f * std::sin(1.3f * static_cast<float>(i)));
  }
  return values;
}

/// The loss by its definition, in double precision on the classifier's logits.
double loss(const BaseClassifier& classifier, const std::vector<float>& rows, int attacked,
            AttackLoss kind) {
  const auto m = static_cast<std::size_t>(classifier.num_classes());
  std::vector<float> logits(kRows * m);
  classifier.logits(rows.data(), kRows, logits.data());
  double mean_log = 0, mean = 0;
  for (std::size_t r = 0; r < kRows; ++r) {
    double sum = 0;
    for (std::size_t k = 0; k < m; ++k) sum += std::exp(static_cast<double>(logits[r * m + k]));
    const double p =
        std::exp(static_cast<double>(logits[r * m + static_cast<std::size_t>(attacked)])) / sum;
    mean_log -= std::log(p) / kRows;
    mean += p / kRows;
  }
  return kind == AttackLoss::kSoft ? -std::log(mean) : mean_log;
}

class NetworkLossGradientTest : public testing::Test {
 protected:
  NetworkLossGradientTest() {
    write_torchscript(folder_ / "curved.pt",
                      "y = torch.tanh(x)\n"
                      "    return torch.cat([(y * y).sum([2, 3]), 3 * y[:, :, 1, 2]], 1)");
  }
  TemporaryFolder folder_;
};

TEST_F(NetworkLossGradientTest, IsTheDerivativeOfBothLossesByAMoveOfAllRows) {
  const Normalization normalization{{0.4f, 0.5f, 0.3f}, {0.5f, 0.25f, 0.4f}};
  const auto classifier = open_network(folder_ / "curved.pt", kShape, normalization, {});
  const auto network = open_loss_gradient(folder_ / "curved.pt", kShape, normalization, {});
  const auto size = static_cast<std::size_t>(kShape.size());
  for (const AttackLoss kind : {AttackLoss::kCohen, AttackLoss::kSoft}) {
    for (const int attacked : {0, 4}) {
      std::vector<float> gradient(size);
      network->gradient(batch().data(), kRows, attacked, kind, gradient.data());
      for (std::size_t i = 0; i < size; i += 7) {
        constexpr float kMove = 0.01f;
        std::vector<float> up = batch(), down = batch();
        for (std::size_t r = 0; r < kRows; ++r) {
          up[r * size + i] += kMove;
          down[r * size + i] -= kMove;
        }
        const double slope =
            (loss(*classifier, up, attacked, kind) - loss(*classifier, down, attacked, kind)) /
            (2 * static_cast<double>(kMove));
        EXPECT_NEAR(gradient[i], slope, 2e-3 * (1 + std::abs(slope))) << "pixel " << i;
      }
    }
  }
}

TEST_F(NetworkLossGradientTest, IsTheSameOnEveryThreadAndEveryCall) {
  const auto network = open_loss_gradient(folder_ / "curved.pt", kShape, {}, {});
  std::vector<std::vector<float>> results(6, std::vector<float>(60));
  {
    std::vector<std::jthread> threads;
    for (auto& out : results) {
      threads.emplace_back([&network, &out] {
        for (int i = 0; i < 20; ++i) {
          network->gradient(batch().data(), kRows, 2, AttackLoss::kSoft, out.data());
        }
      });
    }
  }
  for (const auto& out : results) EXPECT_EQ(out, results[0]);
}

TEST_F(NetworkLossGradientTest, WeightsStoredIn16BitsAreUsedInSinglePrecision) {
  write_scaling_torchscript(folder_ / "half.pt", 3, 16);
  const auto network = open_loss_gradient(folder_ / "half.pt", kShape, {}, {});
  std::vector<float> gradient(60);
  network->gradient(batch().data(), kRows, 1, AttackLoss::kCohen, gradient.data());
  EXPECT_LT(gradient[1], 0);  // its own pixel raises the class's probability
  EXPECT_GT(gradient[0], 0);
  EXPECT_EQ(gradient[3], 0);
}

TEST_F(NetworkLossGradientTest, FilesWithoutADerivativeAreRefused) {
  write_torchscript(folder_ / "hard.pt", "return torch.round(x).flatten(1)[:, :4].detach()");
  for (const char* file : {"hard.pt", "gone.pt"}) {
    try {
      const auto network = open_loss_gradient(folder_ / file, kShape, {}, {});
      FAIL();
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), HasSubstr(file));
    }
  }
}

}  // namespace
}  // namespace certify
