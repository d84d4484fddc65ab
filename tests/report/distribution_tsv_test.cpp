#include "core/report/tables/distribution_tsv.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "tests/report/example_logs.h"

namespace certify {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// Ten images: one abstains (0), one is wrong (3), the others have radius (i + 1)/10.
std::string tsv_of(const RadiusLog& log) { return distribution_tsv(std::span(&log, 1)); }

TEST(DistributionTsv, OfOneLogHasARowABin) {
  const std::string tsv = tsv_of(example_log("run", 10));
  EXPECT_THAT(tsv, StartsWith("number\tfrom\tto\tcorrect\twrong\tabstained\n"
                              "radius\t0\t0.05\t0\t0\t0\n"));
  EXPECT_THAT(tsv, HasSubstr("\nradius\t0.2\t0.25\t1\t0\t0\n"));
  EXPECT_THAT(tsv, HasSubstr("\nradius\t0.4\t0.45\t0\t1\t0\n"));
  EXPECT_TRUE(tsv.ends_with("\nradius\t1\t1.05\t1\t0\t0\nradius\t\t\t0\t0\t1\n")) << tsv;
  EXPECT_THAT(tsv, Not(HasSubstr("p_lower")));
}

TEST(DistributionTsv, HasPLowerWhereTheLogHasIt) {
  RadiusLog log = example_log("run", 10);
  for (RadiusRow& row : log.rows) row.p_lower = 0.97;
  EXPECT_THAT(tsv_of(log), HasSubstr("\np_lower\t0.95\t1\t8\t1\t1\nradius\t0\t"));
}

TEST(DistributionTsv, OfSeveralLogsNamesTheRun) {
  const std::vector<RadiusLog> logs{example_log("a", 10), example_log("b\tc", 10)};
  const std::string tsv = distribution_tsv(logs);
  EXPECT_THAT(tsv, StartsWith("run\tnumber\tfrom\t"));
  EXPECT_THAT(tsv, HasSubstr("\na\tradius\t0\t0.05\t0\t0\t0\n"));
  EXPECT_THAT(tsv, HasSubstr("\nb c\tradius\t\t\t0\t0\t1\n"));
}

TEST(DistributionTsv, RefusesALogWithoutRows) {
  EXPECT_THROW(tsv_of({.name = "empty"}), InputError);
}

}  // namespace
}  // namespace certify
