#include "core/runs/samples/sample_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "tests/runs/example_run.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::HasSubstr;

const RecordShape kShape{3, 10, 100};

class SampleLogTest : public testing::Test {
 protected:
  SampleLogState read() {
    indices_.clear();
    return read_sample_log(file_, kShape, [&](ImageSamples s) { indices_.push_back(s.index); });
  }
  /// A log of `count` records, written as a run writes them.
  void write(int count) {
    SampleLogWriter log(file_, read());
    for (int p = 0; p < count; ++p) log.append(example_samples(20 * p));
  }
  std::string text() { return read_file(file_); }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "samples.jsonl";
  std::vector<std::int64_t> indices_;
};

TEST_F(SampleLogTest, AFileThatIsNotThereIsAnEmptyLog) {
  EXPECT_EQ(read().records, 0);
  EXPECT_FALSE(read().damaged_last_line);
}

TEST_F(SampleLogTest, RecordsComeBackInOrder) {
  write(3);
  EXPECT_EQ(read().records, 3);
  EXPECT_EQ(indices_, (std::vector<std::int64_t>{0, 20, 40}));
}

TEST_F(SampleLogTest, ManyRecordsInOneWriteAreTheSameBytes) {
  write(3);
  const std::string one_by_one = text();
  const std::vector all{example_samples(0), example_samples(20), example_samples(40)};
  SampleLogWriter(file_, {}).append(all);
  EXPECT_EQ(text(), one_by_one);
}

// What a kill in the middle of a write can leave: any prefix of the last line.
TEST_F(SampleLogTest, ATornLastLineIsDroppedWhereverItWasTorn) {
  write(3);
  const std::string whole = text();
  const std::size_t second_end = whole.find('\n', whole.find('\n') + 1) + 1;
  for (std::size_t size = second_end + 1; size < whole.size(); ++size) {
    replace_file(file_, whole.substr(0, size));
    const SampleLogState state = read();
    ASSERT_EQ(state.records, 2) << size;
    ASSERT_TRUE(state.damaged_last_line) << size;
    SampleLogWriter(file_, state).append(example_samples(40));
    ASSERT_EQ(text(), whole) << size;
  }
}

TEST_F(SampleLogTest, ADamagedLastLineIsDroppedToo) {
  write(3);
  std::string bytes = text();
  bytes[bytes.size() - 30] ^= 1;
  replace_file(file_, bytes);
  EXPECT_EQ(read().records, 2);
  EXPECT_TRUE(read().damaged_last_line);
}

TEST_F(SampleLogTest, DamageElsewhereIsAnErrorThatNamesTheLine) {
  write(3);
  const std::string whole = text();
  const std::size_t first_end = whole.find('\n');
  for (const std::size_t at : {std::size_t{5}, first_end + 20}) {
    std::string bytes = whole;
    bytes[at] ^= 1;
    replace_file(file_, bytes);
    try {
      read();
      FAIL();
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(),
                  HasSubstr(at < first_end ? "samples.jsonl:1:" : "samples.jsonl:2:"));
    }
  }
}

TEST_F(SampleLogTest, AFullDiskLeavesTheLastWholeRecord) {
  write(2);
  const auto size = std::filesystem::file_size(file_);
  std::signal(SIGXFSZ, SIG_IGN);
  const SampleLogState state = read();
  SampleLogWriter log(file_, state);
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  const rlimit small{size + 50, old.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(log.append(example_samples(40)), IoError);
  setrlimit(RLIMIT_FSIZE, &old);
  EXPECT_EQ(std::filesystem::file_size(file_), size);
  log.append(example_samples(40));  // room again
  EXPECT_EQ(read().records, 3);
}

TEST_F(SampleLogTest, AnUnwritablePlaceIsAnIoError) {
  EXPECT_THROW(SampleLogWriter(folder_ / "missing/samples.jsonl", {}), IoError);
}

}  // namespace
}  // namespace certify
