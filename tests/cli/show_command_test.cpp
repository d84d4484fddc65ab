// `certify show` as its users run it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "core/base/files.h"
#include "core/report/logs/cohen_log.h"
#include "core/runs/run_folder.h"
#include "data/dataset.h"
#include "data/images/rgb_image.h"
#include "tests/runs/example_run.h"
#include "tests/support/certify_process.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Show : public ::testing::Test {
 protected:
  ProcessResult show(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "show");
    return run_certify(arguments, {folder_.path(), {}, 0});
  }
  /// A run of three images of the shapes, with this hash of its data.
  void make_run(const std::string& data_sha256) {
    Manifest manifest = example_manifest(3);
    manifest.settings.dataset_sha256 = data_sha256;
    RunFolder run(folder_ / "R", manifest, example_indices(3), false);
    for (const std::int64_t index : example_indices(3)) run.append(example_samples(index));
    run.close("complete", 1);
  }
  TemporaryFolder folder_;
};

TEST_F(Show, DrawsASheetOfNoise) {
  const auto result = show({"--noise", "--dataset", "shapes", "--index", "3", "7", "--sigma",
                            "0,0.5", "--out", "sheet.png"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "sheet.png\n");
  const RgbImage sheet = decode_png(read_file(folder_ / "sheet.png"));
  EXPECT_EQ(sheet.width, 274);  // two tiles of 128 and three gaps of 6
  EXPECT_EQ(sheet.height, 274);
}

TEST_F(Show, ChoosesImagesOfDifferentClasses) {
  const auto result = show({"--noise", "--dataset", "shapes", "--out", "sheet.svg"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(read_file(folder_ / "sheet.svg"), AllOf(HasSubstr("σ = 0.12"), HasSubstr(">0 ")));
}

TEST_F(Show, DrawsAnImageOfARunWithItsRadiiByEveryMethodOnCounts) {
  make_run(open_dataset({.name = "shapes", .split = "test"})->sha256());
  const auto result = show({"20", "--run", "R"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "image-20.svg\n");
  EXPECT_THAT(
      read_file(folder_ / "image-20.svg"),
      AllOf(HasSubstr("Image 20 of shapes test: b"), HasSubstr("data:image/png"),
            HasSubstr(">cohen<"), HasSubstr(">second-margin<"), HasSubstr("no valid answer")));
}

TEST_F(Show, ARowIsShownBesideWhatItsSamplesGive) {
  make_run("another");
  const auto card = [&](int predicted, double radius) {
    Certificate row;
    row.index = 20;
    row.predicted = predicted;
    row.radius = radius;
    row.alpha = 0.001;
    row.method = "cohen";
    replace_file(folder_ / "R" / kCertificatesFile, certificates_header() + certificates_row(row));
    const auto result = show({"20", "--run", "R"});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.err, Not(HasSubstr("without its row")));
    return read_file(folder_ / "image-20.svg");
  };
  const auto too_much = HasSubstr("Its row in the run claims more than its samples give");
  const auto less = HasSubstr("Its row in the run claims less than its samples give");
  EXPECT_THAT(card(0, 0.01), AllOf(less, HasSubstr(">0.01 a<")));
  EXPECT_THAT(card(0, 2.5), AllOf(too_much, HasSubstr(">2.5 a<")));
  EXPECT_THAT(card(1, 0.01), too_much) << "of another class";
  EXPECT_THAT(card(kAbstain, 0), less);
  replace_file(folder_ / "R" / kCertificatesFile, "broken");
  const auto result = show({"20", "--run", "R"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("without its row: "));
}

TEST_F(Show, DoesWithoutThePictureWhereTheDataIsAnother) {
  make_run("another");
  const auto result = show({"40", "--run", "R", "--out", "card.svg"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("without the picture: this is not the data of the run"));
  EXPECT_THAT(read_file(folder_ / "card.svg"), Not(HasSubstr("data:image/png")));
}

TEST_F(Show, AnImageThatCannotBeReadIsNamedAndLeftOutOnRequest) {
  RgbImage image = black_image(8, 8);
  folder_.write("data/a/0.png", encode_png(image));
  folder_.write("data/a/1.png", encode_png(image).substr(0, 60));
  folder_.write("data/b/2.png", encode_png(image));
  const std::vector<std::string> sheet{"--noise", "--dataset", "image-folder", "--data-dir", "data",
                                       "--sigma", "0",         "--out",        "s.svg"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), sheet.begin(), sheet.end());
    return show(more);
  };
  const auto stopped = with({});
  EXPECT_EQ(stopped.exit_code, 65);
  EXPECT_THAT(stopped.err, AllOf(HasSubstr("image 1: "), HasSubstr("--on-error skip")));
  const auto result = with({"--on-error", "skip"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("left out: image 1: "));
  EXPECT_THAT(read_file(folder_ / "s.svg"), AllOf(HasSubstr(">0 a"), HasSubstr(">2 b")));
  EXPECT_EQ(with({"--on-error", "skip", "--index", "1"}).exit_code, 65) << "nothing is left";
}

TEST_F(Show, LogitsOfAMatrixGiveTheRadiiOfAllMethodsOnScores) {
  Manifest manifest = example_manifest(1);
  manifest.settings.scores = {.keep = ScoreKeeping::kMatrix};
  {
    RunFolder run(folder_ / "M", manifest, example_indices(1), false);
    ImageSamples samples = example_samples(example_indices(1)[0]);
    const auto classes = static_cast<std::size_t>(samples.estimation.num_classes());
    for (std::int64_t i = 0; i < samples.estimation.total(); ++i) {
      for (std::size_t k = 0; k < classes; ++k) {
        samples.logits.push_back(k == 0 ? 5.0f : static_cast<float>(i % 7) / 7.0f);
      }
    }
    run.append(samples);
    run.close("complete", 1);
  }
  const auto result = show({"0", "--run", "M", "--out", "m.svg"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(read_file(folder_ / "m.svg"),
              AllOf(HasSubstr(">cohen<"), HasSubstr(">soft-second-betting<"),
                    HasSubstr(">soft-second-histogram<")));
}

TEST_F(Show, SaysWhatIsWrong) {
  make_run("another");
  EXPECT_THAT(show({"21", "--run", "R"}).err,
              HasSubstr("R: no samples of image 21; the run has shapes test: "));
  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
           {},
           {"--noise"},
           {"--run", "R"},
           {"--noise", "--run", "R"},
           {"20", "--run", "R", "--out", "card.pdf"},
           {"--noise", "--dataset", "shapes", "--sigma", "-1"},
           {"--noise", "--dataset", "shapes", "--index", "1000"}}) {
    EXPECT_EQ(show(wrong).exit_code, 64);
  }
  EXPECT_EQ(show({"20", "--run", "nowhere"}).exit_code, 65);
}

}  // namespace
}  // namespace certify
