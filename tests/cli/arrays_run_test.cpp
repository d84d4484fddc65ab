// Runs on arrays: any images and labels that NumPy saves.

#include <fmt/format.h>

#include "core/base/npy.h"
#include "tests/cli/run_fixture.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr int kImages = 6, kSide = 8, kElements = 3 * kSide * kSide;

template <class T>
std::string npy(const std::string& type, const std::vector<std::int64_t>& shape,
                const std::vector<T>& values) {
  return npy_header(type, shape) +
         std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

/// Element e of image i, channels first: dark ones, then bright ones, all a little patterned.
unsigned char level(int i, int e) {
  return static_cast<unsigned char>((i < 3 ? 20 : 220) + (i + e) % 8);
}

std::string bytes_channels_last() {
  std::vector<unsigned char> values;
  for (int i = 0; i < kImages; ++i) {
    for (int p = 0; p < kSide * kSide; ++p) {
      for (int c = 0; c < 3; ++c) values.push_back(level(i, c * kSide * kSide + p));
    }
  }
  return npy("|u1", {kImages, kSide, kSide, 3}, values);
}

std::string floats_channels_first(float offset) {
  std::vector<float> values;
  for (int i = 0; i < kImages; ++i) {
    for (int e = 0; e < kElements; ++e) {
      values.push_back(static_cast<float>(level(i, e)) / 255.0F + offset);
    }
  }
  return npy("<f4", {kImages, 3, kSide, kSide}, values);
}

class ArraysJob : public RunFixture {
 protected:
  ArraysJob() {
    write_torchscript(folder_ / "bright.pt",
                      "return torch.stack([0.5 - x.mean([1, 2, 3]), x.mean([1, 2, 3]) - 0.5], 1)");
    folder_.write("x.npy", bytes_channels_last());
    folder_.write("y.npy", npy<std::int64_t>("<i8", {kImages}, {0, 0, 0, 1, 1, 1}));
  }
  std::vector<std::string> arrays(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"--dataset", "arrays",  "--images",  "x.npy",   "--labels",
                                       "y.npy",     "--model", "bright.pt", "--sigma", "0.25",
                                       "--n",       "200",     "--out",     "R"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
};

TEST_F(ArraysJob, ACertifiedRunFindsItsFilesAgain) {
  finish(arrays());
  EXPECT_THAT(read("R/certificates.tsv"),
              AllOf(HasSubstr("\n2\t0\t0\t"), HasSubstr("\n5\t1\t1\t")));
  EXPECT_THAT(finish({"verify", "R", "--resample", "2"}).err, HasSubstr("drawn again"));
  finish({"show", "4", "--run", "R"});
  finish({"attack", "R", "--count", "2", "--steps", "2", "--tries", "2", "--n", "50"});
  fs::rename(folder_ / "x.npy", folder_ / "moved.npy");
  EXPECT_EQ(run({"verify", "R", "--resample", "2"}).exit_code, 65);
  finish({"verify", "R", "--resample", "2", "--images", "moved.npy"});
}

TEST_F(ArraysJob, FloatsOfTheSameImagesAreTheSameRun) {
  finish(arrays({"--out", "whole"}));
  finish(arrays());
  lose_half("R");
  folder_.write("f.npy", floats_channels_first(0));
  resume(arrays({"--images", "f.npy"}));
  EXPECT_EQ(certificates("R"), certificates("whole"));
  EXPECT_THAT(read("R/manifest.json"), HasSubstr("lattice"));
}

TEST_F(ArraysJob, OtherFloatsHaveTheNoiseThatAllowsThem) {
  folder_.write("f.npy", floats_channels_first(0.001F));
  const auto done = finish(arrays({"--images", "f.npy"}));
  EXPECT_THAT(done.err, AllOf(HasSubstr("not all pixels are multiples of 1/255"),
                              HasSubstr("noise is gaussian")));
  EXPECT_THAT(read("R/manifest.json"), Not(HasSubstr("lattice")));
  finish({"verify", "R", "--resample", "2"});
  const auto refused = run(arrays({"--images", "f.npy", "--noise", "lattice", "--out", "S"}));
  EXPECT_EQ(refused.exit_code, 64);
  EXPECT_THAT(refused.err, HasSubstr("--noise lattice: arrays: not all pixels are multiples"));
}

TEST_F(ArraysJob, ANetworkMayKnowMoreClassesThanTheLabelsName) {
  write_torchscript(folder_ / "five.pt", "return x[:, 0, 0, :5] - x.mean([1, 2, 3]).unsqueeze(1)");
  finish(arrays({"--model", "five.pt"}));
  EXPECT_THAT(read("R/manifest.json"), HasSubstr("\"classes\": 5"));
  finish({"verify", "R", "--resample", "2"});
  folder_.write("y.npy", npy<std::int32_t>("<i4", {kImages}, {0, 0, 7, 1, 1, 1}));
  const auto refused = run(arrays({"--model", "five.pt", "--out", "S"}));
  EXPECT_EQ(refused.exit_code, 65);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("y.npy: label 2 is 7"), HasSubstr("with 5 classes")));
}

TEST_F(ArraysJob, ASweepRunsOnThemAndSamplesAnewWhenTheyChange) {
  folder_.write("x.npy", floats_channels_first(0.001F));
  folder_.write("e.json", R"({"dataset":"arrays","images":"x.npy","labels":"y.npy","n":100,"n0":20,
      "model":"bright.pt","sigma":0.25,"grid":{"method":["cohen","two-sided"]}})");
  const std::vector<std::string> sweep{"sweep", "e.json", "--out", "S"};
  finish(sweep);
  const auto again = finish(sweep);
  EXPECT_THAT(again.err + again.out, Not(HasSubstr("other data")));
  folder_.write("x.npy", floats_channels_first(0.002F));
  fs::last_write_time(folder_ / "x.npy",
                      fs::last_write_time(folder_ / "x.npy") + std::chrono::hours(1));
  const auto changed = run(sweep);
  EXPECT_NE(changed.exit_code, 0);
  EXPECT_THAT(changed.err, HasSubstr("dataset_sha256"));
}

TEST_F(ArraysJob, AMapIsLearnedOnThem) {
  const auto done = finish({"learn-sigma", "--dataset", "arrays", "--images", "x.npy", "--labels",
                            "y.npy", "--model", "bright.pt", "--init", "0.3", "--epochs", "1",
                            "--samples", "2", "--batch", "6", "--out", "L"});
  EXPECT_TRUE(fs::exists(folder_ / "L/sigma.npy")) << done.err;
  const auto seen = run({"--dataset", "arrays", "--images", "x.npy", "--labels", "y.npy", "--model",
                         "bright.pt", "--sigma-map", "L/sigma.npy", "--n", "100", "--out", "M"});
  EXPECT_EQ(seen.exit_code, 65);
  EXPECT_THAT(seen.err, HasSubstr("learned on 6 of these 6 images"));
}

TEST_F(ArraysJob, TrainingIsNotMeasuredOnTheImagesItIsOf) {
  const auto refused = run({"train", "--dataset", "arrays", "--images", "x.npy", "--labels",
                            "y.npy", "--arch", "cnn5", "--sigma", "0.25", "--out", "T"});
  EXPECT_EQ(refused.exit_code, 64);
  EXPECT_THAT(refused.err, HasSubstr("train and test are the same images"));
}

}  // namespace
}  // namespace certify
