// `certify show` as its users run it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "core/base/files.h"
#include "core/runs/run_folder.h"
#include "data/images/png.h"
#include "data/shapes.h"
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
  make_run(open_shapes({.name = "shapes", .split = "test"})->sha256());
  const auto result = show({"20", "--run", "R"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "image-20.svg\n");
  EXPECT_THAT(read_file(folder_ / "image-20.svg"),
              AllOf(HasSubstr("Image 20 of shapes test: b"), HasSubstr("data:image/png"),
                    HasSubstr(">cohen<"), HasSubstr(">second-margin<"),
                    HasSubstr("no valid answer"), Not(HasSubstr("published"))));
}

TEST_F(Show, DoesWithoutThePictureWhereTheDataIsAnother) {
  make_run("another");
  const auto result = show({"40", "--run", "R", "--out", "card.svg"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("without the picture: this is not the data of the run"));
  EXPECT_THAT(read_file(folder_ / "card.svg"), Not(HasSubstr("data:image/png")));
}

TEST_F(Show, SaysWhatIsWrong) {
  make_run("another");
  EXPECT_THAT(show({"21", "--run", "R"}).err, HasSubstr("R: no samples of image 21"));
  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
           {},
           {"--noise"},
           {"--run", "R"},
           {"--noise", "--run", "R"},
           {"20", "--run", "R", "--out", "card.png"},
           {"--noise", "--dataset", "shapes", "--sigma", "-1"},
           {"--noise", "--dataset", "shapes", "--index", "1000"}}) {
    EXPECT_EQ(show(wrong).exit_code, 64);
  }
  EXPECT_EQ(show({"20", "--run", "nowhere"}).exit_code, 65);
}

}  // namespace
}  // namespace certify
