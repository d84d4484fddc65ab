#include "core/report/logs/correct_column.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace certify {
namespace {

using testing::HasSubstr;

/// Rows from line 2 on: whether predict equals label, and what the column says.
struct Row {
  bool right;
  std::int64_t value;
};

struct Read {
  std::optional<CorrectColumn::Fault> fault;
  bool running_count = false;
};

Read read(const std::vector<Row>& rows) {
  CorrectColumn column;
  std::int64_t line = 2;
  for (const auto& [right, value] : rows) {
    const RadiusRow row{.label = 3, .predicted = right ? 3 : 4};
    if (auto fault = column.add(line++, value, row)) return {fault};
  }
  if (auto fault = column.finish()) return {fault};
  return {std::nullopt, column.is_running_count()};
}

void expect_fault(const std::vector<Row>& rows, std::int64_t line, const std::string& reason) {
  const Read got = read(rows);
  ASSERT_TRUE(got.fault);
  EXPECT_EQ(got.fault->line, line);
  EXPECT_THAT(got.fault->reason, HasSubstr(reason));
}

TEST(CorrectColumn, ReadsFlagsWordsAndWholeNumbers) {
  EXPECT_EQ(CorrectColumn::parse("0"), 0);
  EXPECT_EQ(CorrectColumn::parse("1.0"), 1);
  EXPECT_EQ(CorrectColumn::parse("427"), 427);
  EXPECT_EQ(CorrectColumn::parse("True"), 1);
  EXPECT_EQ(CorrectColumn::parse("False"), 0);
  for (const char* bad : {"", "-1", "0.5", "nan", "inf", "1e99", "yes", "true", "1/2"}) {
    EXPECT_EQ(CorrectColumn::parse(bad), std::nullopt) << bad;
  }
}

TEST(CorrectColumn, IsOfFlagsOrOfARunningCount) {
  const Read flags = read({{true, 1}, {false, 0}, {true, 1}, {true, 1}});
  EXPECT_FALSE(flags.fault);
  EXPECT_FALSE(flags.running_count);
  const Read counts = read({{true, 1}, {false, 1}, {true, 2}, {false, 2}});
  EXPECT_FALSE(counts.fault);
  EXPECT_TRUE(counts.running_count);
  EXPECT_TRUE(read({{false, 0}, {true, 1}, {true, 2}}).running_count);
  EXPECT_FALSE(read({{false, 0}, {false, 0}, {true, 1}}).running_count) << "as good as flags";
}

TEST(CorrectColumn, RefusesTheWrongFlagInItsLine) {
  expect_fault({{true, 1}, {false, 0}, {true, 1}, {false, 1}}, 5,
               "correct is 1, but predict is 4 and label is 3");
  expect_fault({{true, 0}}, 2, "correct is 0, but predict is 3 and label is 3");
  expect_fault({{true, 1}, {true, 1}, {true, 7}}, 4, "correct is '7', expected 0 or 1");
}

/// A count would excuse the flag of the second row, but no count stays at 1 here.
TEST(CorrectColumn, DoesNotExcuseAWrongFlagAsACount) {
  expect_fault({{true, 1}, {false, 1}}, 3, "correct is 1, but predict is 4");
  expect_fault({{true, 1}, {false, 1}, {true, 1}, {true, 1}}, 3, "correct is 1, but predict is 4");
}

TEST(CorrectColumn, RefusesTheRowThatACountMisses) {
  expect_fault({{true, 1}, {false, 1}, {true, 2}, {false, 3}, {true, 3}}, 5,
               "correct is '3', but 2 images are correct up to here");
  expect_fault({{true, 1}, {true, 2}, {true, 2}}, 4, "correct is '2', but 3 images");
}

}  // namespace
}  // namespace certify
