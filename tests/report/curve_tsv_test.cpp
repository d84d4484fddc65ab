#include "core/report/tables/curve_tsv.h"

#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "tests/report/example_logs.h"

namespace certify {
namespace {

RadiusLog two_images(const std::string& name) {
  return {.name = name,
          .rows = {{.index = 0, .label = 1, .predicted = 1, .radius = 0.5, .correct = true},
                   {.index = 1, .label = 1, .predicted = 1, .radius = 0.25, .correct = true},
                   {.index = 2, .label = 1},
                   {.index = 3, .label = 1, .predicted = 0, .radius = 0.9}}};
}

TEST(CurveTsv, OfOneLogIsRadiusAndAccuracyDownToZero) {
  const RadiusLog log = two_images("run");
  EXPECT_EQ(curve_tsv(std::span(&log, 1)),
            "radius\taccuracy\n0\t0.5\n0.25\t0.5\n0.5\t0.25\n0.5000000000000001\t0\n");
}

TEST(CurveTsv, OfSeveralLogsNamesTheRun) {
  const std::vector<RadiusLog> logs{two_images("a"), two_images("b\tc")};
  EXPECT_EQ(curve_tsv(logs),
            "run\tradius\taccuracy\n"
            "a\t0\t0.5\na\t0.25\t0.5\na\t0.5\t0.25\na\t0.5000000000000001\t0\n"
            "b c\t0\t0.5\nb c\t0.25\t0.5\nb c\t0.5\t0.25\nb c\t0.5000000000000001\t0\n");
}

TEST(CurveTsv, OfNothingCorrectIsZero) {
  const RadiusLog log{.name = "none", .rows = {{.index = 0, .label = 1}}};
  EXPECT_EQ(curve_tsv(std::span(&log, 1)), "radius\taccuracy\n0\t0\n");
}

TEST(CurveTsv, RefusesALogWithoutRows) {
  const RadiusLog log{.name = "empty"};
  EXPECT_THROW(curve_tsv(std::span(&log, 1)), InputError);
}

}  // namespace
}  // namespace certify
