#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/runs/merge.h"
#include "core/runs/run_folder.h"
#include "core/runs/samples/score_file.h"
#include "tests/runs/example_run.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::HasSubstr;

ImageSamples with_mean(std::int64_t index) {
  ImageSamples s = example_samples(index);
  s.gradient = {.tested = 0,
                .n1 = 50,
                .n2 = 50,
                .dimension = 3072,
                .dot = 0.1,
                .largest = 0.30000000000000004,
                .subspaces = {{"R", 1024, 0.1}},
                .mean = std::vector<float>(3072, 0.125f)};
  s.gradient.mean[7] = -static_cast<float>(s.gradient.largest);
  return s;
}

class GradientFile : public testing::Test {
 protected:
  Manifest manifest() {
    Manifest m = example_manifest(4);
    m.settings.gradient = m.settings.keep_gradient = true;
    return m;
  }
  void make_run() {
    RunFolder run(folder_ / "run", manifest(), example_indices(4), false);
    for (const std::int64_t index : example_indices(4)) run.append(with_mean(index));
    run.close("complete", 1);
  }
  std::string refusal() {
    try {
      read_run(folder_ / "run", [](const ImageSamples&) {});
    } catch (const DataError& error) {
      return error.what();
    }
    return "accepted";
  }
  TemporaryFolder folder_;
};

TEST_F(GradientFile, ComesBackToTheLastBitWithItsRun) {
  make_run();
  std::size_t images = 0;
  read_run(folder_ / "run", [&](const ImageSamples& samples) {
    EXPECT_EQ(samples.gradient, with_mean(samples.index).gradient);
    ++images;
  });
  EXPECT_EQ(images, 4U);
  EXPECT_EQ(read_file(folder_ / "run/gradients/20.npy").size(), 128U + 4 * 3072);
}

TEST_F(GradientFile, SurvivesAMerge) {
  for (int i = 0; i < 2; ++i) {
    Manifest m = manifest();
    m.settings.shard = {i, 2};
    m.images = 2;
    const std::vector<std::int64_t> indices{20 * i, 20 * i + 40};
    RunFolder run(folder_ / ("s" + std::to_string(i)), m, indices, false);
    for (const std::int64_t index : indices) run.append(with_mean(index));
    run.close("complete", 1);
  }
  merge_runs({folder_ / "s0", folder_ / "s1"}, folder_ / "run", false);
  EXPECT_EQ(refusal(), "accepted");
  EXPECT_TRUE(std::filesystem::exists(folder_ / "run/gradients/60.npy"));
}

TEST_F(GradientFile, DamageIsNamed) {
  make_run();
  const auto file = folder_ / "run/gradients/20.npy";
  const std::string whole = read_file(file);
  std::string damaged = whole;
  damaged[2000] ^= 1;
  replace_file(file, damaged);
  EXPECT_THAT(refusal(), HasSubstr("20.npy: damaged: its hash is not the record's"));
  std::filesystem::remove(file);
  EXPECT_THAT(refusal(), HasSubstr("20.npy: is missing"));
  ImageSamples other = with_mean(20);
  other.gradient.largest = 0.5;
  const std::string sha256 = write_gradient(folder_ / "run", other);
  EXPECT_THROW(read_gradient(folder_ / "run", sha256, other), DataError);
  EXPECT_EQ(write_gradient(folder_ / "run", example_samples(0)), "");
}

}  // namespace
}  // namespace certify
