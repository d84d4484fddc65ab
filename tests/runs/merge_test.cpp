#include "core/runs/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/runs/run_folder.h"
#include "tests/runs/example_run.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kImages = 10;

class MergeTest : public testing::Test {
 protected:
  /// One shard of the example run, short of `missing` images.
  std::filesystem::path shard(int index, int count, std::int64_t missing = 0) {
    Manifest manifest = example_manifest(0);
    if (stops_) {
      manifest.settings.n = 1000;
      manifest.settings.stop_at = {0.25};
    }
    manifest.settings.shard = {index, count};
    std::vector<std::int64_t> indices;
    for (std::int64_t p = index; p < kImages; p += count) indices.push_back(20 * p);
    manifest.images = static_cast<std::int64_t>(indices.size());
    const auto path = folder_ / ("shard" + std::to_string(index) + "of" + std::to_string(count));
    RunFolder run(path, manifest, indices, true);
    indices.resize(indices.size() - static_cast<std::size_t>(missing));
    for (const std::int64_t image : indices) run.append(samples(image));
    run.close("complete", 1);
    return path;
  }
  /// Of a run that stops, an image in two has fewer than n samples.
  ImageSamples samples(std::int64_t image) const {
    ImageSamples s = example_samples(image);
    if (!stops_) return s;
    const bool all = image / 20 % 2 == 0;
    s.estimation.votes[0] += (all ? 1000 : 256) - s.estimation.total();
    s.stopped = all ? StopReason::kNone : StopReason::kHopeless;
    return s;
  }
  std::vector<std::filesystem::path> shards(int count) {
    std::vector<std::filesystem::path> out;
    for (int i = count - 1; i >= 0; --i) out.push_back(shard(i, count));  // any order will do
    return out;
  }
  std::string refusal(const std::vector<std::filesystem::path>& runs) {
    try {
      merge_runs(runs, folder_ / "merged", false);
    } catch (const DataError& error) {
      EXPECT_FALSE(std::filesystem::exists(folder_ / "merged")) << "nothing may be written";
      return error.what();
    }
    return "accepted";
  }
  TemporaryFolder folder_;
  bool stops_ = false;
};

TEST_F(MergeTest, GivesTheBytesOfTheUnshardedRun) {
  const std::string whole = read_file(shard(0, 1) / kSamplesFile);
  for (const int count : {1, 2, 3, 7, 10, 13}) {
    const Manifest merged = merge_runs(shards(count), folder_ / "merged", true);
    EXPECT_EQ(read_file(folder_ / "merged" / kSamplesFile), whole) << count;
    EXPECT_EQ(merged.images, kImages);
    EXPECT_TRUE(differences(merged.settings, example_settings()).empty());
  }
}

TEST_F(MergeTest, KeepsHowManySamplesAnImageGotAndWhy) {
  stops_ = true;
  const std::string whole = read_file(shard(0, 1) / kSamplesFile);
  EXPECT_THAT(whole, HasSubstr(R"("stopped":"hopeless")"));
  for (const int count : {2, 7}) {
    merge_runs(shards(count), folder_ / "merged", true);
    EXPECT_EQ(read_file(folder_ / "merged" / kSamplesFile), whole) << count;
  }
}

/// A piece of records is written at a time; these are more than one.
TEST_F(MergeTest, OfManyRecordsGivesTheBytesOfTheUnshardedRun) {
  constexpr std::int64_t kMany = 20'000;
  const auto write = [&](const char* name, int index, int count) {
    Manifest manifest = example_manifest(0);
    manifest.settings.shard = {index, count};
    std::vector<std::int64_t> indices;
    std::vector<ImageSamples> records;
    for (std::int64_t p = index; p < kMany; p += count) {
      indices.push_back(20 * p);
      records.push_back(example_samples(20 * p));
    }
    manifest.images = static_cast<std::int64_t>(indices.size());
    RunFolder run(folder_ / name, manifest, indices, true);
    run.append(records);
    run.close("complete", 1);
    return folder_ / name;
  };
  const std::string whole = read_file(write("whole", 0, 1) / kSamplesFile);
  const Manifest merged =
      merge_runs({write("a", 0, 3), write("b", 1, 3), write("c", 2, 3)}, folder_ / "merged", false);
  EXPECT_EQ(merged.images, kMany);
  EXPECT_TRUE(read_file(folder_ / "merged" / kSamplesFile) == whole);
}

TEST_F(MergeTest, CanBeRepeated) {
  const auto parts = shards(2);
  merge_runs(parts, folder_ / "merged", false);
  EXPECT_NO_THROW(merge_runs(parts, folder_ / "merged", false));
}

TEST_F(MergeTest, NamesWhatIsMissingDoubleOrUnfinished) {
  EXPECT_THAT(refusal({shard(0, 3), shard(2, 3)}), HasSubstr("missing: 1/3"));
  EXPECT_THAT(refusal({shard(0, 2), shard(0, 2)}), HasSubstr("shard 0 is there twice"));
  EXPECT_THAT(refusal({shard(0, 2), shard(1, 2, 1)}), HasSubstr("shard 1/2 has 4 of 5 images"));
  EXPECT_THAT(refusal({shard(0, 2), shard(1, 3)}), HasSubstr("one of 3"));
}

TEST_F(MergeTest, NeverWritesOverAShard) {
  const auto parts = shards(2);
  EXPECT_THROW(merge_runs(parts, parts[0], true), InputError);
  EXPECT_NO_THROW(merge_runs(parts, folder_ / "merged", false)) << "the shards are whole";
}

TEST_F(MergeTest, RefusesLengthsThatNoDealGives) {
  const auto first = shard(0, 2), second = shard(1, 2);
  Manifest other = *read_manifest(second);
  other.images = 3;
  write_manifest(second, other);
  const std::string log = read_file(second / kSamplesFile);
  std::size_t end = 0;
  for (int line = 0; line < 3; ++line) end = log.find('\n', end) + 1;
  replace_file(second / kSamplesFile, log.substr(0, end));
  EXPECT_THAT(refusal({first, second}), HasSubstr("5 images, expected 4 of 8"));
}

TEST_F(MergeTest, RefusesPartsOfDifferentRuns) {
  const auto first = shard(0, 2), second = shard(1, 2);
  Manifest other = *read_manifest(second);
  other.settings.seed = 8;
  write_manifest(second, other);
  EXPECT_THAT(refusal({first, second}), HasSubstr("seed: 7 there, 8 now"));
}

}  // namespace
}  // namespace certify
