// `certify learn-sigma` and training on a part of a split, as their users run them, on digits of
// their own.

#include <csignal>
#include <random>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/files.h"
#include "core/sigma_map/sigma_map_file.h"
#include "data/images/element_pictures.h"
#include "data/images/rgb_image.h"
#include "tests/cli/learn_sigma_fixture.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using LearnSigma = LearnSigmaFixture;

TEST_F(LearnSigma, WritesAMapThatIsSmallWhereTheNetworkLooksWithItsCardLogAndPicture) {
  const auto result = learn("S");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("S/sigma.npy: sigma "));
  const SigmaMap map = read_sigma_map(folder_ / "S/sigma.npy", {1, 28, 28});
  for (std::size_t i = 0; i < kPixels; ++i) {
    if (i >= kFirst && i < kFirst + 10) {
      EXPECT_LT(map.values[i], 0.4) << i;
    } else {
      EXPECT_GT(map.values[i], 0.5) << i;
    }
  }
  const auto card = nlohmann::json::parse(read("S/sigma.json"));
  EXPECT_EQ(card.at("sha256"), map.sha256);
  EXPECT_EQ(card.at("model_sha256"), sha256_of_file(folder_ / "model.pt"));
  EXPECT_EQ(card.at("split"), "test");
  EXPECT_EQ(card.at("start"), 0);
  EXPECT_EQ(card.at("count"), 40);
  EXPECT_THAT(read("S/log.csv"), AllOf(HasSubstr("\n1,0.02,"), HasSubstr("\n3,0.005,")));
  EXPECT_THAT(read("S/log.svg"), HasSubstr("log certified area"));
  EXPECT_EQ(decode_png(read("S/sigma.png")), sigma_map_picture(map));
}

TEST_F(LearnSigma, KilledAnywhereItEndsWithTheSameMap) {
  ASSERT_EQ(learn("whole", {"--epochs", "30"}).exit_code, 0);
  std::mt19937 random(20261121);
  const auto checkpoint = folder_ / "killed/checkpoint.cbor";
  int half_done = 0;
  for (int i = 0; i < 6; ++i) {
    CertifyProcess process(arguments("killed", {"--epochs", "30"}), here());
    // The first kill comes behind the first checkpoint, however slow the machine is.
    for (int t = 0; i == 0 && t < 4000 && !std::filesystem::exists(checkpoint); ++t) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    if (i > 0) std::this_thread::sleep_for(std::chrono::milliseconds(100 + random() % 900));
    process.send(i % 2 == 0 ? SIGKILL : SIGTERM);
    const int code = process.wait().exit_code;
    EXPECT_THAT(code, testing::AnyOf(0, 75, 128 + SIGKILL, 128 + SIGTERM));
    half_done += std::filesystem::exists(checkpoint) &&
                 !std::filesystem::exists(folder_ / "killed/sigma.npy");
  }
  EXPECT_GE(half_done, 1) << "no kill left a map that was half learned";
  const auto last = learn("killed", {"--epochs", "30"});
  ASSERT_EQ(last.exit_code, 0) << last.err;
  EXPECT_THAT(last.err, HasSubstr("resuming behind step"));
  for (const char* file : {"sigma.npy", "sigma.json", "sigma.png"}) {
    EXPECT_EQ(read(std::string("killed/") + file), read(std::string("whole/") + file)) << file;
  }
}

TEST_F(LearnSigma, IsDoneOnceAndGoesOnWithNothingElse) {
  ASSERT_EQ(learn("S").exit_code, 0);
  const auto again = learn("S");
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.err, HasSubstr("resuming behind step 15 of 15"));
  const auto other = learn("S", {"--init", "0.5"});
  EXPECT_EQ(other.exit_code, 65);
  EXPECT_THAT(other.err, AllOf(HasSubstr("--fresh starts over"), HasSubstr("init: 0.4, now 0.5")));
  folder_.write("S/checkpoint.cbor", "damaged");
  EXPECT_EQ(learn("S").exit_code, 65);
  EXPECT_EQ(learn("S", {"--init", "0.5", "--fresh"}).exit_code, 0);
}

TEST_F(LearnSigma, SaysWhatIsWrong) {
  for (const auto& [option, value] :
       std::vector<std::pair<std::string, std::string>>{{"--init", "0"},
                                                        {"--init", "nan"},
                                                        {"--epochs", "0"},
                                                        {"--samples", "0"},
                                                        {"--lr", "-1"},
                                                        {"--lr-decay", "1.5"},
                                                        {"--n", "9"},
                                                        {"--start", "60"}}) {
    const auto result = learn("S", {option, value});
    EXPECT_EQ(result.exit_code, 64) << option;
    EXPECT_THAT(result.err, HasSubstr(value)) << option;
  }
  const auto train = learn("S", {"--split", "train"});
  EXPECT_EQ(train.exit_code, 65);
  EXPECT_THAT(train.err, HasSubstr("train-images-idx3-ubyte"));
  write_torchscript(folder_ / "two.pt", "return x.flatten(1)[:, :2]");
  const auto two = learn("S", {"--model", "two.pt"});
  EXPECT_EQ(two.exit_code, 65);
  EXPECT_THAT(two.err, HasSubstr("answers with 2 classes, but mnist has 10"));
}

TEST_F(LearnSigma, IsLearnedForANetworkTrainedOnTheSamePartOfASplit) {
  const std::vector<std::string> train{
      "train",   "--dataset", "mnist",  "--data-dir", "data",    "--split", "test",
      "--count", "40",        "--arch", "mnist-cnn",  "--sigma", "0.25",    "--lr",
      "0.02",    "--epochs",  "2",      "--batch",    "8",       "--out",   "T"};
  const auto result = run_certify(train, here());
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::string name = "T/mnist_mnist-cnn_sigma0.25";
  const auto card = nlohmann::json::parse(read(name + ".json"));
  EXPECT_EQ(card.at("input"), nlohmann::json({1, 28, 28}));
  EXPECT_EQ(card.at("flips"), false);
  EXPECT_EQ(card.at("trained_on").at("split"), "test");
  EXPECT_EQ(card.at("trained_on").at("count"), 40);
  const auto exported =
      run_certify({"export", "--checkpoint", "T/checkpoint.pt", "--out", "again.pt"}, here());
  ASSERT_EQ(exported.exit_code, 0) << exported.err;
  EXPECT_EQ(read("again.pt"), read(name + ".pt"));
  EXPECT_EQ(learn("S", {"--model", name + ".pt", "--epochs", "1"}).exit_code, 0);

  auto everything = train;
  everything[8] = "60";
  const auto nothing_left = run_certify(everything, here());
  EXPECT_EQ(nothing_left.exit_code, 64);
  EXPECT_THAT(nothing_left.err, HasSubstr("no image is left to measure the training on"));
  auto colours = train;
  colours[2] = "shapes";
  colours[6] = "train";
  EXPECT_THAT(run_certify(colours, here()).err, HasSubstr("mnist-cnn takes images of 1 x 28 x 28"));
}

}  // namespace
}  // namespace certify
