#include "core/report/tables/table.h"

#include <sstream>

#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "tests/report/example_logs.h"

namespace certify {
namespace {

std::string printed(const TextTable& table) {
  std::ostringstream out;
  print_table(out, table);
  return out.str();
}

TEST(Table, AlignsColumnsByWhatTheyShow) {
  EXPECT_EQ(printed({{"σ", "accuracy"}, {{"0.25", "1"}, {}, {"½", "0.5"}}}),
            "σ     accuracy\n"
            "----  --------\n"
            "0.25         1\n"
            "\n"
            "½          0.5\n");
}

TEST(Table, RefusesRaggedRows) {
  std::ostringstream out;
  EXPECT_THROW(print_table(out, {{"a", "b"}, {{"1"}}}), InputError);
}

TEST(CertifiedAccuracyTable, PutsLogsSideBySide) {
  const std::vector<RadiusLog> logs{example_log("s_0.25", 20, 1), example_log("s_0.5", 20, 2)};
  // Of 20 images one abstains (0) and three are wrong (3, 10, 17); the others have
  // radius (i + 1)/20. The two largest are 1 and 0.95 of 8.8.
  EXPECT_EQ(printed(certified_accuracy_table(logs, std::vector<double>{0, 0.5, 1.5})),
            "radius          s_0.25  s_0.5\n"
            "--------------  ------  -----\n"
            "0.0              0.800  0.800\n"
            "0.5              0.450  0.700\n"
            "1.5              0.000  0.250\n"
            "\n"
            "ACR              0.440  0.880\n"
            "top 10 % carry   0.221  0.221\n"
            "abstained            1      1\n"
            "images              20     20\n");
}

TEST(CertifiedAccuracyTable, TurnsToOneRowALogWhereColumnsDoNotFit) {
  const std::vector<RadiusLog> logs{example_log("s_0.25", 20, 1), example_log("s_0.5", 20, 2)};
  EXPECT_EQ(
      printed(certified_accuracy_table(logs, std::vector<double>{0, 0.5}, Rounding::kDown, 20)),
      "radius    0.0    0.5    ACR  top 10 % carry  abstained  images\n"
      "------  -----  -----  -----  --------------  ---------  ------\n"
      "s_0.25  0.800  0.450  0.440           0.221          1      20\n"
      "s_0.5   0.800  0.700  0.880           0.221          1      20\n");
}

TEST(CertifiedAccuracyTable, RoundsToTheNearestWhereAsked) {
  const std::vector<RadiusLog> logs{example_log("run", 20, 1)};
  // 1.95 / 8.8 = 0.22159
  const std::string text =
      printed(certified_accuracy_table(logs, std::vector<double>{0}, Rounding::kNearest));
  EXPECT_NE(text.find("top 10 % carry  0.222\n"), std::string::npos) << text;
}

TEST(CertifiedAccuracyTable, OfAreasHasNothingThatCarriesTheirMean) {
  RadiusLog log = example_log("run", 20, 1);
  log.measure = Measure::kLogArea;
  const TextTable table = certified_accuracy_table(std::span(&log, 1), std::vector<double>{0});
  for (const auto& row : table.rows) EXPECT_TRUE(row.empty() || row[0] != kCarryHeading);
}

TEST(CertifiedAccuracyTable, RefusesALogWithoutRows) {
  const RadiusLog log{.name = "empty"};
  EXPECT_THROW(certified_accuracy_table(std::span(&log, 1), std::vector<double>{0}), InputError);
}

}  // namespace
}  // namespace certify
