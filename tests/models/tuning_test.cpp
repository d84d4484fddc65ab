#include "models/tuning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::ElementsAre;

/// A GPU with so much memory, and so many samples a second at each batch.
struct FakeGpu {
  std::map<std::int64_t, double> rates;
  std::int64_t most = 1 << 20;
  double fused = 0;  ///< times as fast
  std::vector<std::int64_t> asked = {};

  double operator()(std::int64_t batch, bool fuse) {
    if (!fuse) asked.push_back(batch);
    if (batch > most) throw OutOfDeviceMemory("full");
    const auto found = rates.find(batch);
    return (found == rates.end() ? 1 : found->second) * (fuse ? fused : 1);
  }
};

Tuning tuned(FakeGpu& gpu, const std::vector<std::int64_t>& batches = {256, 512, 1024, 2048}) {
  return tune(batches, [&](std::int64_t batch, bool fuse) { return gpu(batch, fuse); });
}

TEST(Tune, TakesTheSmallestBatchThatIsAsFastAsTheBest) {
  FakeGpu gpu{{{256, 100}, {512, 200}, {1024, 297}, {2048, 300}}};
  EXPECT_EQ(tuned(gpu), (Tuning{1024, false, 297}));
}

TEST(Tune, StopsWhenLargerBatchesDoNotHelp) {
  FakeGpu gpu{{{256, 100}, {512, 99}, {1024, 98}, {2048, 500}}};
  EXPECT_EQ(tuned(gpu).batch, 256);
  EXPECT_THAT(gpu.asked, ElementsAre(256, 512, 1024));
}

TEST(Tune, StopsAtTheMemoryOfTheDevice) {
  FakeGpu gpu{{{256, 100}, {512, 200}}, 600};
  EXPECT_EQ(tuned(gpu).batch, 512);
  EXPECT_THAT(gpu.asked, ElementsAre(256, 512, 1024));
}

TEST(Tune, HalvesTheBatchUntilItFits) {
  FakeGpu gpu{{}, 100};
  EXPECT_EQ(tuned(gpu).batch, 64);
  EXPECT_THAT(gpu.asked, ElementsAre(256, 128, 64));
}

TEST(Tune, GivesUpWhenNotEvenOneRowFits) {
  FakeGpu gpu{{}, 0};
  EXPECT_THROW(tuned(gpu), OutOfDeviceMemory);
  EXPECT_EQ(gpu.asked.back(), 1);
}

TEST(Tune, FusesWhereThatIsFaster) {
  FakeGpu gpu{{{256, 100}}};
  gpu.fused = 1.5;
  EXPECT_EQ(tuned(gpu, {256}), (Tuning{256, true, 150}));
  gpu.fused = 0.5;
  EXPECT_EQ(tuned(gpu, {256}), (Tuning{256, false, 100}));
}

TEST(BatchCandidates, GrowAndHoldTheStandardOne) {
  for (const ImageShape shape : {ImageShape{3, 32, 32}, {3, 224, 224}, {1, 28, 28}}) {
    const auto batches = batch_candidates(shape);
    EXPECT_TRUE(std::is_sorted(batches.begin(), batches.end()));
    EXPECT_THAT(batches, testing::Contains(standard_batch(shape)));
  }
}

class TuningCacheTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "certify" / "batch.json";
  TuningCache cache_{file_};
};

TEST_F(TuningCacheTest, RemembersByKey) {
  EXPECT_EQ(cache_.find("a"), std::nullopt);
  cache_.store("a", {512, true, 1e5});
  cache_.store("b", {64, false, 2e3});
  cache_.store("b", {128, false, 3e3});
  EXPECT_EQ(TuningCache(file_).find("a"), (Tuning{512, true, 1e5}));
  EXPECT_EQ(TuningCache(file_).find("b"), (Tuning{128, false, 3e3}));
}

TEST_F(TuningCacheTest, ADamagedFileIsNone) {
  cache_.store("a", {512, true, 1e5});
  const std::string good = read_file(file_);
  for (const std::string& bad :
       {std::string(), std::string("not JSON"), good.substr(0, good.size() / 2),
        std::string(
            R"({"schema":2,"entries":{"a":{"batch":1,"fuse":true,"samples_per_second":1}}})"),
        std::string(R"({"schema":1,"entries":[]})"),
        std::string(
            R"({"schema":1,"entries":{"a":{"batch":-1,"fuse":true,"samples_per_second":1}}})"),
        std::string(R"({"schema":1,"entries":{"a":{"batch":"x"}}})")}) {
    replace_file(file_, bad);
    EXPECT_EQ(cache_.find("a"), std::nullopt) << bad;
    cache_.store("a", {256, false, 1});
    EXPECT_EQ(cache_.find("a"), (Tuning{256, false, 1})) << bad;
  }
}

TEST_F(TuningCacheTest, AFolderThatCannotBeWrittenOnlyCostsTheSweep) {
  replace_file(folder_ / "file", "in the way");
  const TuningCache cache(folder_ / "file" / "certify" / "batch.json");
  cache.store("a", {256, false, 1});
  EXPECT_EQ(cache.find("a"), std::nullopt);
}

}  // namespace
}  // namespace certify
