#include "core/runs/digest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/runs/merge.h"
#include "core/runs/run_folder.h"
#include "tests/runs/example_run.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::int64_t kImages = 6;

class RunDigest : public testing::Test {
 protected:
  static std::vector<std::int64_t> indices_of(const Shard& shard) {
    std::vector<std::int64_t> indices;
    for (std::int64_t p = shard.index; p < kImages; p += shard.count) indices.push_back(20 * p);
    return indices;
  }
  /// Appends images until the run has `until`, and says how it ended.
  void go_on(const std::string& name, std::size_t until, const std::string& state,
             const Shard& shard = {}, std::int64_t batch = 55) {
    Manifest manifest = example_manifest(kImages);
    manifest.settings.shard = shard;
    manifest.settings.batch = batch;
    const auto indices = indices_of(shard);
    manifest.images = std::ssize(indices);
    RunFolder run(folder_ / name, manifest, indices, false);
    for (auto i = static_cast<std::size_t>(run.images_done()); i < until; ++i) {
      ImageSamples samples = example_samples(indices[i]);
      samples.seconds = static_cast<double>(++clock_);
      run.append(samples);
    }
    run.close(state, 0.5);
  }
  std::string digest(const std::string& name) const { return manifest_of(folder_ / name).digest; }

  TemporaryFolder folder_;
  int clock_ = 0;
};

TEST_F(RunDigest, StandsInTheManifestOfACompleteRunOnly) {
  go_on("run", 3, "interrupted");
  EXPECT_THAT(digest("run"), IsEmpty());
  EXPECT_THAT(read_file(folder_ / "run/manifest.json"), Not(HasSubstr("digest")));
  go_on("run", kImages, "complete");
  EXPECT_EQ(digest("run").size(), 64U);
}

TEST_F(RunDigest, OfAResumedAndOfAMergedRunIsThatOfOneGo) {
  go_on("whole", kImages, "complete");
  go_on("resumed", 2, "running");
  go_on("resumed", 4, "interrupted");
  go_on("resumed", kImages, "complete");
  EXPECT_EQ(digest("resumed"), digest("whole"));
  go_on("other batch", kImages, "complete", {}, 128);
  EXPECT_EQ(digest("other batch"), digest("whole"));
  go_on("a", 3, "complete", {0, 2});
  go_on("b", 3, "complete", {1, 2});
  EXPECT_NE(digest("a"), digest("b"));
  merge_runs({folder_ / "b", folder_ / "a"}, folder_ / "merged", false);
  EXPECT_EQ(digest("merged"), digest("whole"));
}

TEST_F(RunDigest, OfAnOlderProgramsRunStaysWhatItWas) {
  go_on("run", kImages, "complete");
  Manifest older = manifest_of(folder_ / "run");
  older.settings.absent_keys = {"output", "denoiser", "calibration", "int8_ranges"};
  const SampleLogState log = read_sample_log(
      folder_ / "run/samples.jsonl", record_shape(older.settings), [](const ImageSamples&) {});
  older.digest = run_digest(older, log.hash.hex());
  EXPECT_NE(older.digest, digest("run"));
  write_manifest(folder_ / "run", older);
  EXPECT_THAT(read_file(folder_ / "run/manifest.json"), Not(HasSubstr("\"denoiser\"")));
  EXPECT_NO_THROW(check_digest(folder_ / "run", manifest_of(folder_ / "run"), log.hash.hex()));
}

TEST_F(RunDigest, ARunThatLosesALineLosesItUntilItIsCompleteAgain) {
  go_on("run", kImages, "complete");
  const std::string whole = digest("run"), log = read_file(folder_ / "run/samples.jsonl");
  replace_file(folder_ / "run/samples.jsonl", log.substr(0, log.size() - 5));
  go_on("run", 5, "running");
  EXPECT_THAT(digest("run"), IsEmpty());
  go_on("run", kImages, "complete");
  EXPECT_EQ(digest("run"), whole);
}

TEST_F(RunDigest, ChangesWithWhateverItBinds) {
  const Manifest manifest = example_manifest(kImages);
  const std::string before = run_digest(manifest, "records");
  EXPECT_NE(run_digest(manifest, "other records"), before);
  const std::vector<std::function<void(Manifest&)>> changes{
      [](Manifest& m) { m.settings.seed = 8; },
      [](Manifest& m) { m.settings.sigma = 0.5; },
      [](Manifest& m) { m.settings.skip = 10; },
      [](Manifest& m) { m.settings.precision = Precision::kFp16; },
      [](Manifest& m) { m.settings.model_sha256 = "other"; },
      [](Manifest& m) { m.class_names[0] = "z"; },
      [](Manifest& m) { m.images = 5; },
      [](Manifest& m) { m.dataset_images = 7; }};
  for (const auto& change : changes) {
    Manifest changed = manifest;
    change(changed);
    EXPECT_NE(run_digest(changed, "records"), before);
  }
}

TEST_F(RunDigest, MergingGivesNoNewDigestToAShardThatWasChanged) {
  go_on("a", 3, "complete", {0, 2});
  go_on("b", 3, "complete", {1, 2});
  Manifest changed = manifest_of(folder_ / "b");
  changed.class_names[0] = "z";
  write_manifest(folder_ / "b", changed);
  try {
    merge_runs({folder_ / "a", folder_ / "b"}, folder_ / "merged", false);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("b: its settings or records are not those"));
  }
}

}  // namespace
}  // namespace certify
