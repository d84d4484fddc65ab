#include "core/runs/samples/count_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "core/base/errors.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::HasSubstr;

std::vector<ImageSamples> rows(const std::string& text) {
  const TemporaryFolder folder;
  std::vector<ImageSamples> out;
  read_count_file(folder.write("counts.txt", text),
                  [&](ImageSamples s) { out.push_back(std::move(s)); });
  return out;
}

std::string refusal(const std::string& text) {
  try {
    rows(text);
  } catch (const DataError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(CountFile, ReadsCountsWithTheLabelLast) {
  const auto found = rows("2 90 8 1\n0 0 100 2\n");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].estimation.votes, (std::vector<std::int64_t>{2, 90, 8}));
  EXPECT_EQ(found[0].label, 1);
  EXPECT_EQ(found[1].index, 1);
  EXPECT_EQ(found[1].label, 2);
  EXPECT_EQ(found[1].selection.total(), 0);
}

TEST(CountFile, TakesTabsCommasBlankLinesAndCrlf) {
  const auto found = rows("2\t90\t8\t1\r\n\r\n  0,0,100,2  \n\n");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[1].estimation.votes, (std::vector<std::int64_t>{0, 0, 100}));
}

TEST(CountFile, TwoClassesAreEnough) { EXPECT_EQ(rows("7 3 0\n")[0].estimation.total(), 10); }

TEST(CountFile, RefusesWithFileLineAndReason) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "no rows"},
      {"1 2\n", "counts.txt:1: 2 columns"},
      {"5 5 1\n-5 15 1\n", "counts.txt:2: '-5' is no whole number"},
      {"5 5 1\n5.5 4.5 1\n", "counts.txt:2: '5.5'"},
      {"5 5 1\n5 x 1\n", "counts.txt:2: 'x'"},
      {"5 5 1\n\n5 6 1\n", "counts.txt:3: counts sum to 11, expected 10"},
      {"5 5 1\n5 5 0 1\n", "counts.txt:2: 3 classes, the rows before have 2"},
      {"5 5 2\n", "counts.txt:1: label 2 is outside 0..1"},
      {"0 0 1\n", "counts.txt:1: counts sum to 0"},
      {"9223372036854775807 9223372036854775807 0\n", "counts.txt:1: counts too large"},
      {"92233720368547758070 1 0\n", "counts.txt:1: '92233720368547758070'"},
  };
  for (const auto& [text, reason] : cases) EXPECT_THAT(refusal(text), HasSubstr(reason));
}

}  // namespace
}  // namespace certify
