// A denoiser and a classifier as one network: held against the same arithmetic written out as one
// TorchScript file, step by step.

#include <cmath>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "models/network.h"
#include "models/network_loss_gradient.h"
#include "tests/models/torchscript_files.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr ImageShape kShape{3, 8, 8};
constexpr std::int64_t kRows = 6;
constexpr const char* kClassify =
    "torch.cat([y.mean([2, 3]), y.flatten(1)[:, 20:27] * 1.5 - y.flatten(1)[:, 90:97]], 1)";

/// In body text, y is the image: what of it a classifier makes.
std::string classified(const std::string& y) {
  return fmt::format("y = {}\n    return {}", y, kClassify);
}

class DenoisedNetwork : public testing::Test {
 protected:
  DenoisedNetwork() {
    write_torchscript(folder_ / "classifier.pt", classified("x"));
    std::mt19937 generator(7);
    std::normal_distribution<float> normal(0.5F, 0.4F);
    images_.resize(static_cast<std::size_t>(kRows * kShape.size()));
    for (float& pixel : images_) pixel = normal(generator);
  }

  NetworkOptions behind(const std::string& denoiser, const std::string& kind = "direct",
                        std::int64_t resize = 0) const {
    NetworkOptions options;
    options.denoiser = {folder_ / denoiser, denoiser_call(kind, 0.25), resize};
    return options;
  }
  std::unique_ptr<Network> opened(const std::string& file, const NetworkOptions& options,
                                  const Normalization& normalization = {}) const {
    return open_network(folder_ / file, kShape, normalization, options);
  }
  std::vector<float> logits_of(const Network& network) const {
    std::vector<float> out(static_cast<std::size_t>(kRows * network.num_classes()));
    network.logits(images_.data(), kRows, out.data());
    return out;
  }
  /// Both classify alike, to what single precision leaves open.
  void expect_same(const Network& a, const Network& b, double tolerance = 2e-5) const {
    const auto of_a = logits_of(a), of_b = logits_of(b);
    ASSERT_EQ(of_a.size(), of_b.size());
    for (std::size_t i = 0; i < of_a.size(); ++i) EXPECT_NEAR(of_a[i], of_b[i], tolerance) << i;
  }
  std::string refusal(const NetworkOptions& options) const {
    try {
      opened("classifier.pt", options);
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  }

  TemporaryFolder folder_;
  std::vector<float> images_;
};

TEST_F(DenoisedNetwork, IsTheClassifierOfTheDenoisedImage) {
  write_torchscript(folder_ / "denoiser.pt", "return x - 0.3 * torch.sin(4 * x)");
  write_torchscript(folder_ / "both.pt", classified("x - 0.3 * torch.sin(4 * x)"));
  expect_same(*opened("classifier.pt", behind("denoiser.pt")), *opened("both.pt", {}));
}

TEST_F(DenoisedNetwork, NormalisesBehindTheDenoiser) {
  write_torchscript(folder_ / "denoiser.pt", "return x - 0.3 * torch.sin(4 * x)");
  write_torchscript(folder_ / "both.pt", classified("(x - 0.3 * torch.sin(4 * x) - 0.5) / 0.25"));
  const Normalization normalization{{0.5F, 0.5F, 0.5F}, {0.25F, 0.25F, 0.25F}};
  expect_same(*opened("classifier.pt", behind("denoiser.pt"), normalization),
              *opened("both.pt", {}), 1e-4);
}

/// ᾱ at the step of sigma 0.25, by a loop of its own.
double alpha_bar_145() {
  double product = 1;
  for (int i = 0; i <= 145; ++i) product *= 1 - (1e-4 + (0.02 - 1e-4) * i / 999);
  return product;
}

TEST_F(DenoisedNetwork, AsksADiffusionModelAtItsStepAndDropsItsVariance) {
  const double a = alpha_bar_145();
  // Any function of image and step; the second half of the channels would spoil it.
  const std::string noise = "torch.tanh(z) * (t.float() / 145).view(-1, 1, 1, 1)";
  write_torchscript(folder_ / "model.pt",
                    "z = x\n    return torch.cat([" + noise + ", x * 100.0 - 1e6], 1)", "x, t");
  write_torchscript(folder_ / "both.pt",
                    fmt::format("z = {0} * (2 * x - 1)\n    t = torch.full([x.size(0)], 145)\n"
                                "    x0 = torch.clamp((z - {1} * {2}) / {0}, -1, 1)\n    {3}",
                                std::sqrt(a), std::sqrt(1 - a), noise, classified("(x0 + 1) / 2")));
  expect_same(*opened("classifier.pt", behind("model.pt", "diffusion:linear:1000")),
              *opened("both.pt", {}), 5e-5);
}

TEST_F(DenoisedNetwork, TakesAPredictionOfTheImageItself) {
  const double a = alpha_bar_145();
  write_torchscript(folder_ / "model.pt", "return {'sample': torch.sin(3 * x) * 1.2}", "x, t");
  write_torchscript(
      folder_ / "both.pt",
      fmt::format("z = {} * (2 * x - 1)\n    {}", std::sqrt(a),
                  classified("(torch.clamp(torch.sin(3 * z) * 1.2, -1, 1) + 1) / 2")));
  const std::string kind = R"({"num_train_timesteps": 1000, "prediction_type": "sample"})";
  expect_same(*opened("classifier.pt", behind("model.pt", kind)), *opened("both.pt", {}), 5e-5);
}

TEST_F(DenoisedNetwork, IsGivenWhatItMayOverwrite) {
  write_torchscript(folder_ / "writes.pt", "return x.mul_(0.5)");
  write_torchscript(folder_ / "both.pt", classified("0.5 * x"));
  expect_same(*opened("classifier.pt", behind("writes.pt")), *opened("both.pt", {}));
  write_torchscript(folder_ / "writes2.pt", "x.mul_(0.5)\n    return torch.zeros_like(x)", "x, t");
  write_torchscript(folder_ / "clipped.pt", classified("torch.clamp(x, 0, 1)"));
  expect_same(*opened("classifier.pt", behind("writes2.pt", "diffusion:linear:1000")),
              *opened("clipped.pt", {}), 5e-5);
}

TEST_F(DenoisedNetwork, BringsImagesToTheSizeOfTheClassifier) {
  write_torchscript(folder_ / "denoiser.pt", "return 0.9 * x");
  write_torchscript(folder_ / "large.pt",
                    "y = x.reshape([-1, 3 * 16 * 16])\n    return y[:, 100:110]");
  const auto network = opened("large.pt", behind("denoiser.pt", "direct", 16));
  EXPECT_EQ(network->num_classes(), 10);
  EXPECT_EQ(network->input_shape(), kShape);
  // Of an image of one colour nothing changes.
  const std::vector<float> grey(static_cast<std::size_t>(kShape.size()), 0.4F);
  std::vector<float> out(10);
  network->logits(grey.data(), 1, out.data());
  for (const float logit : out) EXPECT_NEAR(logit, 0.36F, 1e-6);
  EXPECT_THAT(
      [&] { opened("large.pt", behind("denoiser.pt")); },
      ThrowsMessage<DataError>(AllOf(HasSubstr("large.pt behind "), HasSubstr("denoiser.pt"),
                                     HasSubstr("the classifier does not take what is denoised"),
                                     HasSubstr("--denoiser-resize"))));
}

TEST_F(DenoisedNetwork, RefusesWhatIsNoDenoiser) {
  write_torchscript(folder_ / "smaller.pt", "return x[:, :, ::2, ::2]");
  EXPECT_THAT(refusal(behind("smaller.pt")),
              HasSubstr("the denoiser returned one tensor [2,3,4,4] for 2 images, expected images "
                        "[2,3,8,8]"));
  EXPECT_THAT(refusal(behind("classifier.pt")), HasSubstr("the denoiser returned one tensor"));
  write_torchscript(folder_ / "variances.pt", "return torch.cat([x, x], 1)");
  EXPECT_THAT(refusal(behind("variances.pt")), HasSubstr("[2,6,8,8]"));
  write_torchscript(folder_ / "grey.pt", "return torch.conv2d(x, torch.ones([1, 1, 3, 3]))");
  EXPECT_THAT(refusal(behind("grey.pt")),
              HasSubstr("the denoiser does not take a batch [2,3,8,8]"));
  write_torchscript(folder_ / "stepless.pt", "return x");
  EXPECT_THAT(refusal(behind("stepless.pt", "diffusion:linear:1000")),
              HasSubstr("the denoiser does not take a batch [2,3,8,8] and a step [2]"));
  write_torchscript(folder_ / "two.pt", "return (x, x * 2)");
  EXPECT_THAT(refusal(behind("two.pt")), HasSubstr("expected only one tensor of images"));
  EXPECT_THAT(refusal(behind("missing.pt")), HasSubstr("missing.pt: no such model file"));
}

/// Of two networks, one of which computes in 16 bits by itself, nothing is folded in either: fp32
/// and own are one classifier.
TEST_F(DenoisedNetwork, WithAPartOfItsOwnPrecisionBothAreAsWritten) {
  write_residual_torchscript(folder_ / "cnn.pt");
  write_torchscript(folder_ / "half.pt", "return (x.to(15) * 0.5).to(6)");
  const auto fp32 = opened("cnn.pt", behind("half.pt"));
  EXPECT_EQ(fp32->options().precision, Precision::kOwn);
  NetworkOptions own = behind("half.pt");
  own.precision = Precision::kOwn;
  EXPECT_EQ(fp32->fused_convolutions(), 0);
  EXPECT_EQ(logits_of(*fp32), logits_of(*opened("cnn.pt", own))) << "to the last bit";
}

/// What it answered to the first batch may be no measure of what it answers to others.
TEST_F(DenoisedNetwork, HoldsEveryAnswerToTheShapeOfItsFirst) {
  write_torchscript(folder_ / "lazy.pt", "y = x if x.size(0) < 5 else x[0:1]\n    return y",
                    "x, t");
  const auto refused = [&] {
    logits_of(*opened("classifier.pt", behind("lazy.pt", "diffusion:linear:1000")));
  };
  EXPECT_THROW(refused(), DataError);
}

TEST_F(DenoisedNetwork, ADenoisersOwnNumbersAreNotWrittenTo) {
  write_torchscript(folder_ / "same.pt", "return x * 1.0");
  write_torchscript(folder_ / "constant.pt", "return torch.ones([1, 3, 8, 8]) * 0.25 + 0 * x");
  write_torchscript(folder_ / "writes.pt", "y = x.add_(1.0)\n    return y.mean([2, 3])");
  const auto network = opened("writes.pt", behind("same.pt"));
  EXPECT_EQ(logits_of(*network), logits_of(*network));
  EXPECT_EQ(opened("writes.pt", behind("constant.pt"))->num_classes(), 3);
}

TEST_F(DenoisedNetwork, RefusesWhatIsNoFunctionOfTheImage) {
  write_torchscript(folder_ / "random.pt", "return x + 0.1 * torch.rand_like(x)");
  EXPECT_THAT(refusal(behind("random.pt")),
              AllOf(HasSubstr("the denoiser: "), HasSubstr("only a network that always answers")));
  write_torchscript(folder_ / "centred.pt", "return x - x.mean()");
  EXPECT_THAT(refusal(behind("centred.pt")), HasSubstr("--allow-batch-dependent"));
}

TEST_F(DenoisedNetwork, CutsBatchesForADenoiserOfAFixedOne) {
  write_torchscript(folder_ / "fixed.pt", "return x.reshape([4, 192]).reshape([4, 3, 8, 8]) * 0.5");
  write_torchscript(folder_ / "both.pt", classified("0.5 * x"));
  const auto network = opened("classifier.pt", behind("fixed.pt"));
  EXPECT_EQ(network->fixed_batch(), 4);
  expect_same(*network, *opened("both.pt", {}));
}

TEST_F(DenoisedNetwork, BothRunAtThePrecision) {
  write_residual_torchscript(folder_ / "cnn.pt");
  write_torchscript(folder_ / "denoiser.pt", "return torch.tanh(x) * 0.8");
  write_torchscript(folder_ / "same.pt", "return x");
  for (const Precision precision : {Precision::kFp32, Precision::kBf16, Precision::kOwn}) {
    NetworkOptions options = behind("denoiser.pt");
    options.precision = precision;
    const auto network = opened("cnn.pt", options);
    EXPECT_EQ(network->options().precision, precision);
    expect_same(*network, *opened("cnn.pt", behind("denoiser.pt")),
                precision == Precision::kBf16 ? 0.1 : 2e-5);
  }
  EXPECT_EQ(logits_of(*opened("cnn.pt", behind("same.pt"))), logits_of(*opened("cnn.pt", {})))
      << "to the last bit";
}

/// Derivatives by the noisy image go through both.
TEST_F(DenoisedNetwork, IsDifferentiatedAsAWhole) {
  write_torchscript(folder_ / "denoiser.pt", "return x - 0.3 * torch.sin(4 * x)");
  write_torchscript(folder_ / "both.pt", classified("(x - 0.3 * torch.sin(4 * x) - 0.5) / 0.25"));
  const Normalization normalization{{0.5F, 0.5F, 0.5F}, {0.25F, 0.25F, 0.25F}};
  const auto gradient = [&](const std::string& file, const NetworkOptions& options,
                            const Normalization& behind_it) {
    std::vector<float> out(static_cast<std::size_t>(kShape.size()));
    open_loss_gradient(folder_ / file, kShape, behind_it, options)
        ->gradient(images_.data(), kRows, 3, AttackLoss::kSoft, out.data());
    return out;
  };
  const auto whole = gradient("classifier.pt", behind("denoiser.pt"), normalization);
  const auto written_out = gradient("both.pt", {}, {});
  double largest = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_NEAR(whole[i], written_out[i], 1e-4) << i;
    largest = std::max(largest, std::abs(double{whole[i]}));
  }
  EXPECT_GT(largest, 0.01);
}

}  // namespace
}  // namespace certify
