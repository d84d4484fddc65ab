// Curves and tables as `certify` writes them, counted again.

#include "core/verify/checks/curve_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <sstream>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/curves/radii.h"
#include "core/report/tables/accuracy_tables.h"
#include "core/report/tables/curve_tsv.h"
#include "core/report/tables/table.h"
#include "core/report/tables/text.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::HasSubstr;

class CurveCheck : public testing::Test {
 protected:
  /// Radii of many images, some of them equal, some wrong, some 0.
  void make(int images, double alpha, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> uniform;
    log_ = {"run"};
    log_.alpha = alpha;
    curve_ = RecountedCurve(alpha);
    for (int i = 0; i < images; ++i) {
      const bool correct = uniform(random) < 0.9;
      double radius = uniform(random);
      if (i % 7 == 0) radius = 0.5;
      if (i % 31 == 0) radius = 0;
      log_.rows.push_back({i, 1, correct ? 1 : 0, radius, correct});
      curve_.add(correct, radius);
    }
  }
  std::string curve_findings(double rho) {
    replace_file(folder_ / "curve.tsv", curve_tsv(std::span(&log_, 1), rho));
    return text(check_curves(folder_ / "curve.tsv", {curve_}));
  }
  std::string table_findings(double rho) {
    const auto at = default_radii(std::span(&log_, 1));
    TextTable table = bounds_table(log_, at, rho);
    for (std::size_t c = 3; c < table.header.size(); ++c) table.header[c] += rho_suffix(rho);
    replace_file(folder_ / "accuracy.tsv", tsv_table(table));
    return text(check_accuracy_table(folder_ / "accuracy.tsv", curve_));
  }
  static std::string text(const VerifyReport& report) {
    std::string all;
    for (const auto& [where, what] : report.findings) all += where + ": " + what + "\n";
    return all;
  }

  TemporaryFolder folder_;
  RadiusLog log_;
  RecountedCurve curve_;
};

TEST_F(CurveCheck, WhatIsWrittenPassesAtAnySizeAlphaAndRho) {
  unsigned seed = 1;
  for (const int images : {1, 5, 100, 700, 3000}) {  // bands of many images take few steps
    for (const double alpha : {0.001, 0.2, 1e-9}) {
      make(images, alpha, seed++);
      for (const double rho : {0.001, 0.05, 0.0}) {
        EXPECT_EQ(curve_findings(rho), "") << images << " " << alpha << " " << rho;
        EXPECT_EQ(table_findings(rho), "") << images << " " << alpha << " " << rho;
      }
    }
  }
}

TEST_F(CurveCheck, ABoundThatHoldsWithLessConfidenceIsNotPassedOffAsTheUsualOne) {
  make(100, 0.2, 3);
  ASSERT_EQ(curve_findings(0.5), "");
  std::string content = read_file(folder_ / "curve.tsv");
  const std::string name = "at_least_rho_0.5";
  ASSERT_NE(content.find(name), std::string::npos);
  replace_file(folder_ / "curve.tsv", content.replace(content.find(name), name.size(), "at_least"));
  EXPECT_THAT(text(check_curves(folder_ / "curve.tsv", {curve_})), HasSubstr("at_least is "));
}

TEST_F(CurveCheck, AColumnMoreHidesNoBound) {
  make(100, 0.001, 3);
  for (const char* file : {"curve.tsv", "accuracy.tsv"}) {
    ASSERT_EQ(curve_findings(0.001) + table_findings(0.001), "");
    std::string wider;
    std::istringstream in(read_file(folder_ / file));
    for (std::string line; std::getline(in, line);) wider += line + "\t1\n";
    replace_file(folder_ / file, wider);
    EXPECT_THROW(
        text(file == std::string("curve.tsv") ? check_curves(folder_ / file, {curve_})
                                              : check_accuracy_table(folder_ / file, curve_)),
        DataError);
  }
}

TEST_F(CurveCheck, AnL1RadiusInAColumnOfAnotherNormIsRefusedButForWhatReportsOnceWrote) {
  make(20, 0.001, 5);
  const std::string content = curve_tsv(std::span(&log_, 1), 0.001);  // its column is radius
  curve_.set_norm("l1");
  replace_file(folder_ / "curve.tsv", content);
  EXPECT_THROW(check_curves(folder_ / "curve.tsv", {curve_}), DataError);
  replace_file(folder_ / "curve_l1.tsv", content);
  const VerifyReport report = check_curves(folder_ / "curve_l1.tsv", {curve_});
  EXPECT_EQ(text(report), "");
  EXPECT_THAT(report.notes, testing::ElementsAre(HasSubstr("its column radius has l1 radii")));
}

TEST_F(CurveCheck, OneImageMoreOrLessInABandOfManyIsFound) {
  make(400, 0.001, 4);
  ASSERT_EQ(curve_findings(0.001), "");
  const std::string content = read_file(folder_ / "curve.tsv");
  const auto begin = content.find('\n') + 1, end = content.find('\n', begin);
  const auto field = content.rfind('\t', end) + 1;
  const double stated = std::stod(content.substr(field, end - field));
  for (const int step : {-1, 1}) {
    std::string changed = content;
    changed.replace(field, end - field, std::to_string(stated + step / 400.0));
    replace_file(folder_ / "curve.tsv", changed);
    EXPECT_THAT(text(check_curves(folder_ / "curve.tsv", {curve_})), HasSubstr("curve.tsv:2"));
  }
}

}  // namespace
}  // namespace certify
