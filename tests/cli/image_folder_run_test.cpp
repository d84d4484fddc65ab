// Runs on folders of images: decoding, labels, and images that cannot be read.

#include <filesystem>

#include <fmt/format.h>

#include "data/images/rgb_image.h"
#include "tests/cli/run_fixture.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Six images in two classes: bright ones are class 1, image 2 is damaged.
class ImageFolderJob : public RunFixture {
 protected:
  ImageFolderJob() {
    write_torchscript(folder_ / "bright.pt",
                      "return torch.stack([0.5 - x.mean([1, 2, 3]), x.mean([1, 2, 3]) - 0.5], 1)");
    for (int i = 0; i < 6; ++i) {
      RgbImage image = black_image(8, 8);
      for (unsigned char& byte : image.bytes) byte = i < 3 ? 20 : 230;
      folder_.write(fmt::format("data/{}/{}.png", i < 3 ? "dark" : "light", i), encode_png(image));
    }
    folder_.write("data/dark/2.png", encode_png(black_image(8, 8)).substr(0, 50));
  }
  std::vector<std::string> images(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"--dataset", "image-folder", "--data-dir", "data",
                                       "--model",   "bright.pt",    "--sigma",    "0.25",
                                       "--n",       "200",          "--out",      "R"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
};

TEST_F(ImageFolderJob, StopsAtAnUnreadableImageAndNamesIt) {
  const auto result = run(images());
  EXPECT_EQ(result.exit_code, 65);
  EXPECT_THAT(result.err, AllOf(HasSubstr("image 2: data/dark/2.png: no readable PNG"),
                                HasSubstr("--on-error skip")));
}

TEST_F(ImageFolderJob, SkippedImagesStayInTheDenominator) {
  run(images());  // stops; the same run goes on
  const auto result = finish(images({"--on-error", "skip"}));
  EXPECT_THAT(result.err, AllOf(HasSubstr("image 2 counts as abstained: data/dark/2.png"),
                                HasSubstr("1 of 6 images have no valid sample")));
  EXPECT_THAT(
      read("R/samples.jsonl"),
      HasSubstr(R"({"index":2,"label":0,"selection":{},"estimation":{},"invalid":[100,200])"));
  EXPECT_THAT(read("R/certificates.tsv"), HasSubstr("\n2\t0\t-1\t0.0\t0\t"));
  EXPECT_THAT(read("R/curve.tsv"), HasSubstr("0.8333"));  // five of six
  const auto again = run({"verify", "R", "--resample", "6"});  // one image has no votes at all
  EXPECT_EQ(again.exit_code, 0) << again.out << again.err;
  EXPECT_THAT(again.err, HasSubstr("6 images drawn again, all equal to those stored"));
}

TEST_F(ImageFolderJob, SkippedImagesAbstainWhereOthersStopEarly) {
  const auto result = finish(images({"--on-error", "skip", "--n", "2000", "--stop-at", "0.1"}));
  EXPECT_THAT(result.err, HasSubstr("image 2 counts as abstained: data/dark/2.png"));
  EXPECT_THAT(read("R/samples.jsonl"), HasSubstr(R"("invalid":[100,2000])"));
  EXPECT_THAT(read("R/samples.jsonl"), HasSubstr(R"("stopped":"certified")"));
  EXPECT_THAT(read("R/certificates.tsv"), HasSubstr("\n2\t0\t-1\t0.0\t0\t"));
  const auto verified = run({"verify", "R"});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
}

TEST_F(ImageFolderJob, SkippedImagesHaveNoGradientAndAbstain) {
  finish(images({"--on-error", "skip", "--method", "first-order"}));
  EXPECT_THAT(read("R/samples.jsonl"), HasSubstr(R"("gradient":{"tested":0,"samples":[100,100],)"));
  EXPECT_THAT(read("R/certificates.tsv"), HasSubstr("\n2\t0\t-1\t0.0\t0\t"));
  const auto verified = run({"verify", "R"});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
}

TEST_F(ImageFolderJob, SkippingChangesNoOtherImage) {
  finish(images({"--on-error", "skip"}));
  finish(images({"--start", "3", "--out", "tail"}));
  EXPECT_THAT(samples("R"), HasSubstr(samples("tail")));
}

TEST_F(ImageFolderJob, FewerClassesThanTheNetworksAskForAClassFile) {
  std::filesystem::remove_all(folder_ / "data/light");
  const auto result = run(images());
  EXPECT_EQ(result.exit_code, 65);
  EXPECT_THAT(result.err, AllOf(HasSubstr("2 classes, but image-folder has 1"),
                                HasSubstr("--classes FILE names all 2")));
}

TEST_F(ImageFolderJob, MoreClassesThanTheNetworksAreRefusedWithoutOne) {
  folder_.write("data/third/1.png", encode_png(black_image(8, 8)));
  const auto result = run(images());
  EXPECT_EQ(result.exit_code, 65);
  EXPECT_THAT(result.err, HasSubstr("2 classes, but image-folder has 3"));
  EXPECT_THAT(result.err, Not(HasSubstr("--classes FILE")));  // no file makes two of three
}

TEST_F(ImageFolderJob, ChangedFramingIsAnotherDataSet) {
  finish(images({"--on-error", "skip", "--count", "2"}));
  const auto result = run(images({"--count", "2", "--resize", "8", "--crop", "8"}));
  EXPECT_EQ(result.exit_code, 65);
  EXPECT_THAT(result.err, HasSubstr("dataset_sha256"));
}

}  // namespace
}  // namespace certify
