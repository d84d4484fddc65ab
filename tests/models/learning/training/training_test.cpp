#include "models/learning/training/training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// Two classes that differ in their mean, 8 × 8 pixels.
class BrightAndDark final : public Dataset {
 public:
  explicit BrightAndDark(std::int64_t size, float dark = 0.2F)
      : Dataset({"bright-and-dark", "train", {3, 8, 8}, {"dark", "bright"}}),
        size_(size),
        dark_(dark) {}
  std::int64_t size() const override { return size_; }
  LabeledImage at(std::int64_t index) const override {
    const int label = static_cast<int>(index % 2);
    const float value = label == 0 ? dark_ : 0.8F;
    return {index, label, {info().shape, std::vector<float>(3 * 8 * 8, value)}};
  }
  std::string sha256() const override { return "none"; }

 private:
  std::int64_t size_;
  float dark_;
};

class TrainingTest : public testing::Test {
 protected:
  TrainingTest() {
    plan_.epochs = 3;
    plan_.batch = 8;
    plan_.descent.learning_rate = 0.05;
    plan_.augmentation = {.padding = 1, .sigma = 0.25, .seed = 3};
    events_.store = [this] { ++stored_; };
    events_.epoch_done = [](const EpochResult&) {};
    events_.step_done = [this](std::int64_t step, double) {
      if (step == stop_behind_) stop_ = true;
    };
  }
  TrainableNetwork network(std::uint64_t seed = 1) const {
    Architecture architecture = find_architecture("resnet20");
    architecture.classes = 2;
    return {architecture, {}, seed, {}};
  }
  TrainingProgress run(TrainableNetwork& network, TrainingProgress progress = {}) {
    Training(train_, test_, plan_, network).run(progress, events_, stop_);
    return progress;
  }
  static std::vector<double> losses(const TrainingProgress& p) {
    std::vector<double> out;
    for (const EpochResult& e : p.epochs) out.push_back(e.loss);
    return out;
  }

  BrightAndDark train_{32}, test_{20};
  TrainingPlan plan_;
  Training::Events events_;
  StopFlag stop_{false};
  std::int64_t stop_behind_ = -1;
  int stored_ = 0;
};

TEST_F(TrainingTest, LearnsToTellBrightFromDark) {
  plan_.epochs = 6;
  auto net = network();
  const TrainingProgress done = run(net);
  ASSERT_EQ(done.epochs.size(), 6U);
  EXPECT_LT(done.epochs.back().loss, 0.5 * done.epochs.front().loss);
  EXPECT_EQ(done.epochs.back().accuracy_noisy, 1);
  EXPECT_EQ(done.step, 24);
  EXPECT_EQ(stored_, 6);
}

TEST_F(TrainingTest, GivesTheSameBytesForTheSameSeed) {
  auto one = network(), two = network(), other = network(2);
  run(one);
  run(two);
  EXPECT_EQ(one.checkpoint(""), two.checkpoint(""));
  EXPECT_EQ(one.torchscript(WeightBits::k16), two.torchscript(WeightBits::k16));
  run(other);
  EXPECT_NE(one.checkpoint(""), other.checkpoint(""));
}

TEST_F(TrainingTest, StoppedAnywhereAndContinuedEndsAsIfItHadNotBeen) {
  auto whole = network();
  const TrainingProgress expected = run(whole);
  const TemporaryFolder folder;
  for (const std::int64_t stop : {1, 4, 6, 12}) {  // in mid-epoch, and before an epoch's accuracy
    auto first = network();
    stop_behind_ = stop;
    const TrainingProgress half = run(first);
    EXPECT_EQ(half.step, stop);
    EXPECT_LT(half.epochs.size(), 3U);
    const auto file = folder.write("c.pt", first.checkpoint(to_json(half)));
    stop_ = false;
    stop_behind_ = -1;
    auto second = network(99);
    const TrainingProgress rest = run(second, progress_from_json(second.restore(file)));
    EXPECT_EQ(losses(rest), losses(expected)) << stop;
    EXPECT_EQ(second.checkpoint(""), whole.checkpoint("")) << stop;
  }
}

TEST_F(TrainingTest, ThatDivergesSaysAtWhichStepAndStoresNothingFromThereOn) {
  plan_.descent.learning_rate = 1e30;
  plan_.warmup_epochs = 0;
  auto net = network();
  EXPECT_THAT([&] { run(net); }, ThrowsMessage<DataError>(HasSubstr("training diverged: ")));
  EXPECT_EQ(stored_, 0);
}

TEST_F(TrainingTest, OnImagesThatAreNoNumbersDivergesAtOnce) {
  train_ = BrightAndDark(32, NAN);
  auto net = network();
  EXPECT_THAT([&] { run(net); },
              ThrowsMessage<DataError>(HasSubstr("the loss is nan at step 1 (epoch 1)")));
}

TEST_F(TrainingTest, NeedsABatchOfImages) {
  plan_.batch = 33;
  auto net = network();
  EXPECT_THROW(run(net), InputError);
}

TEST_F(TrainingTest, RoundsToWhatSixteenBitsHold) {
  auto net = network();
  run(net);
  const std::string exact = net.torchscript(WeightBits::k32);
  const std::string half = net.torchscript(WeightBits::k16);
  EXPECT_LT(half.size(), exact.size() - 400'000);
  net.round_to_half();
  EXPECT_EQ(net.torchscript(WeightBits::k16), half);
  EXPECT_NE(net.torchscript(WeightBits::k32), exact);
}

TEST_F(TrainingTest, DoesNotContinueFromWhatIsNoCheckpointOfATraining) {
  const TemporaryFolder folder;
  auto net = network();
  EXPECT_THROW(net.restore(folder.write("c.pt", "nothing")), DataError);
  EXPECT_THROW(progress_from_json("{}"), DataError);
}

TEST(TrainingProgress, ComesBackExactlyFromItsText) {
  const TrainingProgress p{
      17, 0.1 + 0.2, 1.0 / 3, {{1, 0.1, 2.0 / 3, 0.25, 1.0 / 7, 12.5}, {2, 0.05, 0.5, 1, 0, 3}}};
  const TrainingProgress again = progress_from_json(to_json(p));
  EXPECT_EQ(to_json(again), to_json(p));
  EXPECT_EQ(again.epoch_loss, p.epoch_loss);
  EXPECT_EQ(again.epochs[0].accuracy_noisy, 1.0 / 7);
}

/// Behind noise that drowns the two means, a denoiser learns what the images are: the error falls
/// far below that of the noise, 1, where it begins.
TEST_F(TrainingTest, ADenoiserLearnsTheCleanImages) {
  const TemporaryFolder folder;
  auto classifier = network();
  run(classifier);
  const auto file = folder.write("classifier.pt", classifier.torchscript(WeightBits::k32));
  plan_.denoises = true;
  plan_.descent = {.learning_rate = 0.01, .weight_decay = 0, .adam = true};
  plan_.epochs = 24;
  plan_.stability_epochs = 4;
  EXPECT_EQ(plan_.objective(19), Objective::kCleanImages);
  EXPECT_EQ(plan_.objective(20), Objective::kStability);
  const auto denoiser = [&] {
    auto net = std::make_unique<TrainableNetwork>(find_denoiser_architecture("dncnn-small"),
                                                  Normalization{}, 1, TrainingDevice{});
    net->set_classifier(file, {3, 8, 8}, {});
    return net;
  };
  const auto net = denoiser();
  const TrainingProgress done = run(*net);
  ASSERT_EQ(done.epochs.size(), 24U);
  EXPECT_LT(done.epochs[19].loss, 0.5);
  EXPECT_LT(done.epochs[19].loss, done.epochs[0].loss);
  EXPECT_EQ(done.epochs.back().accuracy_clean, 1);
  EXPECT_EQ(done.epochs.back().accuracy_noisy, 1);
  // Stopped and continued in either phase it ends with the same weights.
  const std::string model = net->torchscript(WeightBits::k32);
  for (const std::int64_t step : {7, 85}) {
    stop_behind_ = step;
    const auto first = denoiser();
    const TrainingProgress half = run(*first);
    ASSERT_EQ(half.step, step);
    const auto checkpoint = folder.write("checkpoint.pt", first->checkpoint(to_json(half)));
    stop_ = false;
    stop_behind_ = -1;
    const auto second = denoiser();
    run(*second, progress_from_json(second->restore(checkpoint)));
    EXPECT_EQ(second->torchscript(WeightBits::k32), model) << step;
  }
}

}  // namespace
}  // namespace certify
