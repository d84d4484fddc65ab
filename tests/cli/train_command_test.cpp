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

TEST_F(Train, ThatDivergesNamesTheStepAndWhatIsLeft) {
  const auto result = train({"--lr", "1000", "--warmup", "0", "--momentum", "0", "--weight-decay",
                             "0.9", "--epochs", "12"});
  EXPECT_EQ(result.exit_code, 65);
  EXPECT_THAT(result.err, HasSubstr("training diverged: "));
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
