#include "models/learning/sigma_learning/sigma_learning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/base/errors.h"
#include "core/stats/binomial/clopper_pearson.h"
#include "core/stats/normal.h"

namespace certify {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// Two classes, logits 0 and steepness (w·x + b).
class Linear final : public DifferentiableClassifier {
 public:
  Linear(std::vector<double> weights, double bias, double steepness)
      : weights_(std::move(weights)), bias_(bias), steepness_(steepness) {}

  Pass forward(const float* images, std::span<const int> labels) const override {
    ++passes;
    if (labels.size() > most_rows) throw OutOfDeviceMemory("too many rows");
    const std::size_t size = weights_.size();
    Pass pass;
    for (const int label : labels) {
      const double logit =
          steepness_ * (bias_ + std::inner_product(images, images + size, weights_.begin(), 0.0));
      pass.probabilities.push_back(
          static_cast<float>(1 / (1 + std::exp(label == 1 ? -logit : logit))));
      images += size;
    }
    pass.gradients = [this, size, p = pass.probabilities,
                      of = std::vector(labels.begin(), labels.end())](float* out) {
      for (std::size_t r = 0; r < p.size(); ++r) {
        const double slope = steepness_ * double{p[r]} * (1 - double{p[r]});
        for (std::size_t i = 0; i < size; ++i) {
          *out++ = static_cast<float>((of[r] == 1 ? slope : -slope) * weights_[i]);
        }
      }
    };
    return pass;
  }
  bool takes_many_images() const override { return many; }
  mutable std::atomic<int> passes = 0;
  bool many = false;
  std::size_t most_rows = std::numeric_limits<std::size_t>::max();

 private:
  std::vector<double> weights_;
  double bias_, steepness_;
};

/// Grey images of one row, the label 1.
class Row final : public Dataset {
 public:
  Row(int width, std::int64_t size)
      : Dataset({"row", "train", {1, 1, width}, {"left", "right"}}), size_(size) {}
  std::int64_t size() const override { return size_; }
  std::string sha256() const override { return "row"; }
  LabeledImage at(std::int64_t index) const override {
    check_index(*this, index);
    Image image{info().shape, std::vector<float>(static_cast<std::size_t>(info().shape.width))};
    for (std::size_t i = 0; i < image.pixels.size(); ++i) {
      image.pixels[i] = static_cast<float>((static_cast<std::size_t>(index) * 5 + i * 3) % 8) / 8;
    }
    return {index, 1, image};
  }

 private:
  std::int64_t size_;
};

const std::vector<double> kWeights{0.02, -0.1, 0.5, 1, -2, 0.05};
constexpr double kBias = 2.2;

SigmaLearning::Events no_events() {
  return {[] {}, [](const SigmaEpoch&) {}, [](std::int64_t) {}};
}

double log_sum(const std::vector<double>& sigma) {
  return std::accumulate(sigma.begin(), sigma.end(), 0.0,
                         [](double sum, double s) { return sum + std::log(s); });
}

TEST(SigmaLearning, OnePassOfAllImagesGivesTheStepOfAPassAnImage) {
  Linear classifier(kWeights, kBias, 1.0);
  const Row images(6, 7);
  SigmaPlan plan;
  plan.samples = 16;
  const std::vector<double> sigma{0.3, 0.5, 0.2, 0.4, 0.6, 1.5};
  const std::vector<std::int64_t> all{4, 0, 1, 6, 2, 5, 3};
  const auto one_by_one = SigmaLearning(images, plan, classifier).evaluate(all, 2, sigma);
  EXPECT_EQ(classifier.passes, 7);
  classifier.many = true;
  classifier.passes = 0;
  const auto at_once = SigmaLearning(images, plan, classifier).evaluate(all, 2, sigma);
  EXPECT_EQ(classifier.passes, 1);
  EXPECT_EQ(at_once.right, one_by_one.right);
  EXPECT_EQ(at_once.area_sum, one_by_one.area_sum);
  EXPECT_EQ(at_once.gradient, one_by_one.gradient);
}

TEST(SigmaLearning, AStepThatDoesNotFitIsHalvedUntilItDoes) {
  Linear classifier(kWeights, kBias, 1.0);
  const Row images(6, 7);
  SigmaPlan plan;
  plan.samples = 16;
  const std::vector<double> sigma(6, 0.3);
  const std::vector<std::int64_t> all{0, 1, 2, 3, 4, 5, 6};
  const auto expected = SigmaLearning(images, plan, classifier).evaluate(all, 0, sigma);
  classifier.many = true;
  classifier.most_rows = 2 * 16;
  classifier.passes = 0;
  const SigmaLearning learning(images, plan, classifier);
  EXPECT_EQ(learning.evaluate(all, 0, sigma).gradient, expected.gradient);
  EXPECT_EQ(classifier.passes, 2 + 4) << "seven and four images fail; two, two, two, one";
  EXPECT_EQ(learning.evaluate(all, 0, sigma).gradient, expected.gradient);
  EXPECT_EQ(classifier.passes, 6 + 4) << "what did not fit is not tried again";
  classifier.most_rows = 15;
  EXPECT_THROW(learning.evaluate(all, 0, sigma), OutOfDeviceMemory);
}

TEST(SigmaLearning, GradientIsThatOfFiniteDifferencesOfTheObjective) {
  const Linear classifier(kWeights, kBias, 1.0);
  const Row images(6, 7);
  SigmaPlan plan;
  plan.samples = 16;
  const SigmaLearning learning(images, plan, classifier);
  std::vector<std::int64_t> all(7);
  std::iota(all.begin(), all.end(), 0);
  std::vector<double> sigma{0.3, 0.5, 0.2, 0.4, 0.6, 1.5};
  const auto step = learning.evaluate(all, 2, sigma);
  ASSERT_EQ(step.right, 7);
  for (std::size_t i = 0; i < sigma.size(); ++i) {
    const double h = 1e-2 * sigma[i], middle = sigma[i];
    sigma[i] = middle + h;
    const double above = learning.evaluate(all, 2, sigma).area_sum;
    sigma[i] = middle - h;
    const double below = learning.evaluate(all, 2, sigma).area_sum;
    sigma[i] = middle;
    // Probabilities are single precision, and the differences are of second order.
    EXPECT_NEAR(step.gradient[i], (above - below) / (2 * h) / 7,
                2e-3 * std::abs(step.gradient[i]) + 2e-3)
        << i;
  }
}

// The known optimum. Where logits are steep, p = Φ(m / s) with the margin m = w·x + b and
// s² = Σ w_i²σ_i², so O = Σ log σ_i + D log m - D log s for every image, and by the inequality of
// the means Σ log(σ_i |w_i|) ≤ D log(s / √D), with equality just where all σ_i |w_i| are equal: O ≤
// D log m - Σ log|w_i| - (D/2) log D, and σ_i ∝ 1/|w_i| is the optimum for all images at once.
TEST(SigmaLearning, OnALinearClassifierComesToTheKnownOptimum) {
  const Linear classifier(kWeights, kBias, 25);
  const Row images(6, 40);
  SigmaPlan plan;
  plan.init = 0.5;
  plan.epochs = 9;
  plan.batch = 4;
  plan.samples = 128;
  plan.learning_rate = 0.1;
  plan.learning_rate_decay = 0.6;
  SigmaLearning learning(images, plan, classifier);
  SigmaProgress progress = learning.start();
  learning.run(progress, no_events(), StopFlag{});

  const auto sigma = learning.sigma(progress);
  const auto d = static_cast<double>(sigma.size());
  std::vector<double> shares;  // σ_i |w_i|, all equal at the optimum; 100 times apart at first
  double squares = 0;
  for (std::size_t i = 0; i < sigma.size(); ++i) {
    shares.push_back(sigma[i] * std::abs(kWeights[i]));
    squares += shares.back() * shares.back();
  }
  const auto [least, most] = std::minmax_element(shares.begin(), shares.end());
  EXPECT_LT(*most / *least, 1.6);
  double short_of_optimum = d / 2 * std::log(squares / d);
  for (const double share : shares) short_of_optimum -= std::log(share);
  EXPECT_GE(short_of_optimum, -1e-12);
  EXPECT_LT(short_of_optimum, 0.1);  // 8.8 with one σ for all
  EXPECT_GT(progress.epochs.back().area, progress.epochs.front().area);

  // The area of an image, certified from its votes, does not exceed the true one, and comes close.
  const LabeledImage item = images.at(3);
  double margin = kBias;
  for (std::size_t i = 0; i < sigma.size(); ++i)
    margin += kWeights[i] * double{item.image.pixels[i]};
  const double true_area = log_sum(sigma) + d * std::log(margin / std::sqrt(squares));
  const double p = normal_cdf(margin / std::sqrt(squares)).below;
  constexpr std::int64_t kN = 100'000;
  const auto votes = static_cast<std::int64_t>(p * kN);  // as many as are expected
  const double certified =
      log_sum(sigma) + d * std::log(lower_quantile(clopper_pearson_lower(votes, kN, 0.001)));
  EXPECT_LE(certified, true_area);
  EXPECT_GT(certified, true_area - 0.1);
}

TEST(SigmaLearning, StoppedAnywhereItEndsWithTheSameBytes) {
  const Linear classifier(kWeights, kBias, 2);
  const Row images(6, 10);
  SigmaPlan plan;
  plan.epochs = 3;
  plan.batch = 4;  // 4, 4, 2
  plan.samples = 8;
  SigmaLearning learning(images, plan, classifier);
  SigmaProgress whole = learning.start();
  learning.run(whole, no_events(), StopFlag{});
  ASSERT_EQ(whole.step, learning.steps());

  std::string stored = to_bytes(learning.start());
  for (int sessions = 0; sessions < 20; ++sessions) {
    SigmaProgress progress = progress_from_bytes(stored);
    StopFlag stop{};
    auto events = no_events();
    events.store = [&] { stored = to_bytes(progress); };
    events.step_done = [&](std::int64_t) { stop = true; };
    learning.run(progress, events, stop);
  }
  const SigmaProgress continued = progress_from_bytes(stored);
  EXPECT_EQ(continued.parameters, whole.parameters);
  ASSERT_EQ(continued.epochs.size(), whole.epochs.size());
  for (std::size_t e = 0; e < whole.epochs.size(); ++e) {
    EXPECT_EQ(continued.epochs[e].area, whole.epochs[e].area);
    EXPECT_EQ(continued.epochs[e].accuracy, whole.epochs[e].accuracy);
  }
}

TEST(SigmaLearning, SigmaStaysPositiveHoweverLargeTheSteps) {
  const Linear classifier({3, -3}, 0.4, 10);
  const Row images(2, 8);
  SigmaPlan plan;
  plan.learning_rate = 0.5;  // ten times sigma
  plan.init = 0.05;
  plan.batch = 2;
  SigmaLearning learning(images, plan, classifier);
  SigmaProgress progress = learning.start();
  learning.run(progress, no_events(), StopFlag{});
  for (const double s : learning.sigma(progress)) EXPECT_GT(s, 0);
}

TEST(SigmaLearning, WithoutAnyImageClassifiedRightSigmaStays) {
  const Linear classifier(kWeights, -9, 10);  // always class 0
  const Row images(6, 4);
  SigmaLearning learning(images, {}, classifier);
  SigmaProgress progress = learning.start();
  learning.run(progress, no_events(), StopFlag{});
  EXPECT_THAT(learning.sigma(progress), ::testing::Each(0.3));
  EXPECT_EQ(progress.epochs.back().accuracy, 0);
  EXPECT_TRUE(std::isnan(progress_from_bytes(to_bytes(progress)).epochs.back().area));
}

TEST(SigmaLearning, AnAnswerThatIsNoNumberNamesTheImage) {
  const Linear classifier(kWeights, std::numeric_limits<double>::quiet_NaN(), 1);
  const Row images(6, 1);
  SigmaLearning learning(images, {}, classifier);
  SigmaProgress progress = learning.start();
  EXPECT_THAT([&] { learning.run(progress, no_events(), StopFlag{}); },
              ThrowsMessage<DataError>(HasSubstr("answer to image 0 is no number")));
}

TEST(SigmaLearning, BytesOfSomethingElseAreNoProgress) {
  EXPECT_THROW(progress_from_bytes(""), DataError);
  EXPECT_THROW(progress_from_bytes("{}"), DataError);
}

}  // namespace
}  // namespace certify
