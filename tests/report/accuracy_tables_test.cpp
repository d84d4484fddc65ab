#include "core/report/tables/accuracy_tables.h"

#include <optional>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certify {
namespace {

using testing::ElementsAre;

/// Of 16 images one is certified at 1 and one at 0.5.
RadiusLog sixteen(const std::string& name, double alpha = 0) {
  RadiusLog log{.name = name};
  for (int i = 0; i < 16; ++i) log.rows.push_back({.index = i, .label = 1});
  for (const int i : {0, 1}) {
    log.rows[static_cast<std::size_t>(i)].predicted = 1;
    log.rows[static_cast<std::size_t>(i)].correct = true;
    log.rows[static_cast<std::size_t>(i)].radius = i == 0 ? 1 : 0.5;
  }
  log.alpha = alpha;
  return log;
}
const std::vector<double> kAt{0.5, 1};

TEST(AccuracyTable, HasTheAverageRadiusAndWhatCarriesIt) {
  const std::vector<RadiusLog> logs{sixteen("a")};
  const MarkedTable marked = accuracy_table(logs, kAt);
  EXPECT_THAT(marked.table.header, ElementsAre("radius ≥", "0.5", "1.0", "ACR", "top 10 % carry"));
  // The two images of ⌈16/10⌉ carry all of 1.5 / 16 = 0.09375.
  EXPECT_THAT(marked.table.rows, ElementsAre(ElementsAre("a", "0.125", "0.062", "0.093", "1.000")));
  EXPECT_EQ(marked.bound(0, 1), "");
  EXPECT_THAT(accuracy_table(logs, kAt, {.corner = "ℓ1 ≥", .average = false}).table.header,
              ElementsAre("ℓ1 ≥", "0.5", "1.0"));
}

/// alpha = 0.01, rho = 0.1: of two certified images of 16 one is good, as P[Bin(16, 0.01) >= 2] =
/// 0.011 <= 0.1 and P[Bin(15, 0.01) >= 1] = 0.140 > 0.1; a single one may be a mistake. With alpha
/// = 0.05 both may be, as P[Bin(16, 0.05) >= 2] = 0.189.
TEST(AccuracyTable, HasLowerBoundsWhereTheLogSaysItsAlpha) {
  const std::vector<RadiusLog> logs{sixteen("a", 0.01), sixteen("b"), sixteen("c", 0.05)};
  const MarkedTable marked = accuracy_table(logs, kAt, {.average = false, .rho = 0.1});
  EXPECT_EQ(marked.bound(0, 1), "0.062");
  EXPECT_EQ(marked.bound(0, 2), "0.000");
  EXPECT_EQ(marked.bound(1, 1), "");
  EXPECT_EQ(marked.bound(2, 1), "0.000");
  EXPECT_EQ(marked.at_least_name, "at_least_rho_0.1");
}

TEST(AccuracyTable, WhatTheTopTenPercentCarryIsNeverTheBest) {
  const std::vector<RadiusLog> logs{sixteen("a"), sixteen("b")};
  const MarkedTable marked = accuracy_table(logs, kAt);
  EXPECT_TRUE(marked.is_best(0, 3));
  EXPECT_FALSE(marked.is_best(0, 4));
}

TEST(AccuracyTable, HasNothingCarriedOfAnAverageOfZero) {
  RadiusLog log = sixteen("a");
  for (RadiusRow& row : log.rows) row.radius = 0;
  EXPECT_EQ(accuracy_table(std::span(&log, 1), kAt).table.rows[0].back(), "");
}

TEST(AccuracyTable, RoundsToTheNearestWhereAskedAndBoundsDown) {
  const std::vector<RadiusLog> logs{sixteen("a", 0.01)};
  const AccuracyTableOptions nearest{.rho = 0.1, .rounding = Rounding::kNearest};
  const MarkedTable marked = accuracy_table(logs, kAt, nearest);
  // 1/16 = 0.0625 is a tie, which goes to the even digit as in Python.
  EXPECT_THAT(marked.table.rows[0], ElementsAre("a", "0.125", "0.062", "0.094", "1.000"));
  EXPECT_EQ(marked.bound(0, 1), "0.062");
  const TextTable one = bounds_table(logs[0], kAt, 0.1, Rounding::kNearest);
  EXPECT_EQ(one.rows[0][4], "0.062");
}

TEST(GainTable, RoundsDifferencesDownOrToTheNearest) {
  std::vector<RadiusLog> logs{sixteen("a"), sixteen("b")};
  logs[1].rows[0].radius = 1.01;
  const std::vector<std::optional<std::size_t>> baselines{1, 0};
  const auto acr = [&](std::size_t row, Rounding rounding) {
    return gain_table(logs, baselines, kAt, {.rounding = rounding}).table.rows[row].back();
  };
  // 0.01 / 16 = 0.000625
  EXPECT_EQ(acr(0, Rounding::kDown), "-0.001");
  EXPECT_EQ(acr(1, Rounding::kDown), "+0.000");
  EXPECT_EQ(acr(0, Rounding::kNearest), "-0.001");
  EXPECT_EQ(acr(1, Rounding::kNearest), "+0.001");
  logs[1].rows[0].radius = 1.001;
  EXPECT_EQ(acr(0, Rounding::kDown), "-0.001");
  EXPECT_EQ(acr(0, Rounding::kNearest), "+0.000");
}

TEST(GainTable, SaysNothingOfLastDigits) {
  std::vector<RadiusLog> logs{sixteen("a"), sixteen("b")};
  for (RadiusLog& log : logs) log.rows[0].radius = 0.1;
  logs[0].rows[1].radius = 0.2;
  logs[1].rows[1].radius = 0.3 - 0.1;  // 0.2, but for its last digit
  const std::vector<std::optional<std::size_t>> baselines{1, 0};
  for (const auto& row : gain_table(logs, baselines, kAt).table.rows) {
    EXPECT_EQ(row.back(), "+0.000");
  }
}

}  // namespace
}  // namespace certify
