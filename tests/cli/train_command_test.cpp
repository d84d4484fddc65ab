// `certify train` as its users run it, on images of its own.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/files.h"
#include "data/images/rgb_image.h"
#include "tests/support/certify_process.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Train : public testing::Test {
 protected:
  Train() {
    for (int i = 0; i < 40; ++i) {
      RgbImage image = black_image(16, 16);
      for (unsigned char& byte : image.bytes) byte = i % 2 == 0 ? 40 : 200;
      folder_.write(fmt::format("data/{}/{}/{:02}.png", i < 24 ? "train" : "test",
                                i % 2 == 0 ? "dark" : "light", i),
                    encode_png(image));
    }
  }
  ProcessResult train(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{
        "train",    "--dataset", "image-folder", "--data-dir", "data",      "--sigma", "0.25",
        "--epochs", "2",         "--batch",      "8",          "--threads", "1",       "--out",
        "T"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_certify(arguments, {folder_.path(), {}, 0});
  }
  TemporaryFolder folder_;
};

TEST_F(Train, WritesAModelThatRunsUseItsCardAndItsLog) {
  const auto result = train({"--half"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::string name = "T/image-folder_resnet20_sigma0.25";
  EXPECT_THAT(result.out, HasSubstr(name + ".pt: accuracy "));
  const auto card = nlohmann::json::parse(read_file(folder_ / (name + ".json")));
  EXPECT_EQ(card.at("sha256"), sha256_of_file(folder_ / (name + ".pt")));
  EXPECT_EQ(card.at("normalization"), "inside");
  EXPECT_EQ(card.at("epochs"), 2);
  EXPECT_THAT(read_file(folder_ / "T/log.csv"), AllOf(HasSubstr("\n1,"), HasSubstr("\n2,")));
  EXPECT_THAT(read_file(folder_ / "T/loss.svg"), HasSubstr("</svg>"));

  const auto run =
      run_certify({"--dataset", "image-folder", "--data-dir", "data/test", "--model-dir", "T",
                   "--sigma", "0.25", "--n", "100", "--count", "2"},
                  {folder_.path(), {}, 0});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const auto exported =
      run_certify({"export", "--checkpoint", "T/checkpoint.pt", "--half", "--out", "again.pt"},
                  {folder_.path(), {}, 0});
  ASSERT_EQ(exported.exit_code, 0) << exported.err;
  EXPECT_EQ(read_file(folder_ / "again.pt"), read_file(folder_ / (name + ".pt")));
}

TEST_F(Train, NamesTheNetworkByTheSizeThatWasTyped) {
  const auto result =
      run_certify({"train", "--dataset", "image-folder", "--data-dir", "data", "--noise",
                   "splitting", "--lambda", "0.5", "--epochs", "1", "--batch", "8", "--out", "T"},
                  {folder_.path(), {}, 0});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::string name = "image-folder_resnet20_splitting_lambda0.5";
  const auto card = nlohmann::json::parse(read_file(folder_ / ("T/" + name + ".json")));
  EXPECT_EQ(card.at("name"), name);
  EXPECT_EQ(card.at("sha256"), sha256_of_file(folder_ / ("T/" + name + ".pt")));
}

TEST_F(Train, IsDoneOnceAndGoesOnWithNothingElse) {
  ASSERT_EQ(train().exit_code, 0);
  const std::string model = read_file(folder_ / "T/image-folder_resnet20_sigma0.25.pt");
  const auto again = train();
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.err, HasSubstr("resuming behind step 6 of 6"));
  EXPECT_EQ(read_file(folder_ / "T/image-folder_resnet20_sigma0.25.pt"), model);
  const auto other = train({"--lr", "0.2"});
  EXPECT_EQ(other.exit_code, 65);
  EXPECT_THAT(other.err,
              AllOf(HasSubstr("--fresh starts over"), HasSubstr("learning_rate: 0.1, now 0.2")));
  EXPECT_EQ(train({"--lr", "0.2", "--fresh"}).exit_code, 0);
  EXPECT_NE(read_file(folder_ / "T/image-folder_resnet20_sigma0.25.pt"), model);
}

TEST_F(Train, OfOneEpochNeedsNoOtherWarmup) {
  const auto result = train({"--epochs", "1"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto card =
      nlohmann::json::parse(read_file(folder_ / "T/image-folder_resnet20_sigma0.25.json"));
  EXPECT_EQ(card.at("warmup_epochs"), 0.5);
}

TEST_F(Train, ThatDivergesNamesTheStepAndWhatIsLeft) {
  const auto result = train({"--lr", "1000", "--warmup", "0", "--momentum", "0", "--weight-decay",
                             "0.9", "--epochs", "12"});
  EXPECT_EQ(result.exit_code, 65);
  EXPECT_THAT(result.err, HasSubstr("training diverged: "));
}

TEST_F(Train, ADenoiserIsTrainedInFrontOfAClassifierAndTakenByRuns) {
  ASSERT_EQ(train({"--sigma", "0", "--out", "C"}).exit_code, 0);
  const std::string classifier = "C/image-folder_resnet20_sigma0.pt";
  const auto denoise = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all{"--denoiser", "dncnn-small", "--model", classifier};
    all.insert(all.end(), more.begin(), more.end());
    return train(all);
  };
  const auto result = denoise({"--epochs", "3", "--stability-epochs", "1"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::string name = "T/image-folder_denoiser_dncnn-small_sigma0.25";
  EXPECT_THAT(result.out, HasSubstr(name + ".pt: accuracy "));
  EXPECT_THAT(result.out, HasSubstr("with " + classifier));
  const auto card = nlohmann::json::parse(read_file(folder_ / (name + ".json")));
  EXPECT_EQ(card.at("task"), "denoiser");
  EXPECT_EQ(card.at("classifier_sha256"), sha256_of_file(folder_ / classifier));
  EXPECT_EQ(card.at("stability_epochs"), 1);
  const std::string model = read_file(folder_ / (name + ".pt"));
  EXPECT_THAT(denoise({"--epochs", "3", "--stability-epochs", "1"}).err,
              HasSubstr("resuming behind step 9 of 9"));
  EXPECT_EQ(read_file(folder_ / (name + ".pt")), model);
  EXPECT_EQ(denoise({"--epochs", "3", "--stability-epochs", "2"}).exit_code, 65);

  const auto certify = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all{"--dataset", "image-folder", "--data-dir", "data/test", "--sigma",
                                 "0.25",      "--n",          "100",        "--count",   "2"};
    all.insert(all.end(), more.begin(), more.end());
    return run_certify(all, {folder_.path(), {}, 0});
  };
  const auto run = certify({"--denoiser", name + ".pt", "--model", classifier, "--out", "R"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.err.find("says it was trained"), std::string::npos) << run.err;
  EXPECT_THAT(
      certify({"--denoiser", name + ".pt", "--model", classifier, "--out", "Q", "--sigma", "0.5"})
          .err,
      HasSubstr("says it was trained on image-folder at sigma 0.25"));
  EXPECT_THAT(certify({"--model", name + ".pt"}).err, HasSubstr("is a denoiser"));
  EXPECT_THAT(certify({"--model-dir", "T"}).err, HasSubstr("no model for image-folder"))
      << "a denoiser is no model for it";
  const auto models = run_certify({"models", "--model-dir", "T"}, {folder_.path(), {}, 0});
  EXPECT_THAT(models.out, HasSubstr("dncnn-small (--denoiser)"));
}

TEST_F(Train, WhatDoesNotGoWithADenoiserIsRefusedByName) {
  const auto refusal = [&](const std::vector<std::string>& more) {
    const auto result = train(more);
    EXPECT_NE(result.exit_code, 0);
    return result.err;
  };
  EXPECT_THAT(refusal({"--denoiser", "dncnn-small"}), HasSubstr("--model is needed"));
  EXPECT_THAT(refusal({"--denoiser", "unet", "--model", "m.pt"}),
              HasSubstr("denoiser unet: there are dncnn, dncnn-small"));
  EXPECT_THAT(refusal({"--arch", "dncnn-small"}),
              HasSubstr("certify train --denoiser dncnn-small"));
  EXPECT_THAT(refusal({"--model", "m.pt"}), HasSubstr("--model: there is no --denoiser"));
  EXPECT_THAT(refusal({"--stability-epochs", "1"}), HasSubstr("there is no --denoiser"));
  EXPECT_THAT(refusal({"--denoiser", "dncnn", "--model", "m.pt", "--arch", "cnn5"}),
              HasSubstr("--arch and --denoiser"));
  EXPECT_THAT(refusal({"--denoiser", "dncnn", "--model", "m.pt", "--stability-epochs", "3"}),
              HasSubstr("--stability-epochs 3"));
  EXPECT_THAT(refusal({"--denoiser", "dncnn", "--model", "m.pt", "--sigma", "0"}),
              HasSubstr("no noise at --sigma 0"));
  EXPECT_THAT(refusal({"--denoiser", "dncnn", "--model", "missing.pt"}),
              HasSubstr("missing.pt: no such"));
}

TEST_F(Train, SaysWhatIsWrong) {
  for (const auto& [option, value] :
       std::vector<std::pair<std::string, std::string>>{{"--sigma", "-1"},
                                                        {"--epochs", "0"},
                                                        {"--batch", "1000"},
                                                        {"--lr", "nan"},
                                                        {"--warmup", "2"},
                                                        {"--arch", "vgg"},
                                                        {"--precision", "bf16"}}) {
    const auto result = train({"--device", "cpu", option, value});
    EXPECT_EQ(result.exit_code, 64) << option;
    EXPECT_THAT(result.err, HasSubstr(value)) << option;
  }
}

}  // namespace
}  // namespace certify
