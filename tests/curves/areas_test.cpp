#include "core/curves/areas.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "core/curves/certified_accuracy.h"
#include "core/curves/radii.h"

namespace certify {
namespace {

constexpr double kNothing = -std::numeric_limits<double>::infinity();

/// Log areas of images that are answered correctly, and then images that are abstained on.
RadiusLog log_of(const std::string& name, const std::vector<double>& areas, int abstained = 0) {
  RadiusLog log{.name = name, .measure = Measure::kLogArea};
  for (const double area : areas) {
    log.rows.push_back({.index = static_cast<std::int64_t>(log.rows.size()),
                        .label = 1,
                        .predicted = 1,
                        .radius = area,
                        .correct = true});
  }
  for (int i = 0; i < abstained; ++i) {
    log.rows.push_back({.index = static_cast<std::int64_t>(log.rows.size()),
                        .label = 1,
                        .radius = kNothing,
                        .correct = false});
  }
  return log;
}

TEST(CurveOverAreas, BeginsAtCleanAccuracyAndFallsWithEachArea) {
  const CertifiedAccuracy curve(log_of("r", {-50, -10, -10, 3}, 4));
  EXPECT_EQ(curve.steps(),
            (std::vector<CurveStep>{{kNothing, 0.5}, {-50, 0.5}, {-10, 0.375}, {3, 0.125}}));
  EXPECT_EQ(curve.at(-11), 0.375);
  EXPECT_EQ(curve.average_radius(), -67.0 / 4);
  EXPECT_EQ(curve.abstained(), 4);
}

TEST(CurveOverAreas, CertifiedImageWithoutAnAreaIsRefused) {
  RadiusLog log = log_of("r", {1});
  log.rows[0].radius = kNothing;
  EXPECT_THROW(CertifiedAccuracy{log}, InputError);
  log.rows[0].radius = std::nan("");
  EXPECT_THROW(CertifiedAccuracy{log}, InputError);
}

TEST(CurveOverAreas, TablesShowRoundNumbersThatCoverIt) {
  const RadiusLog log = log_of("r", {-7412.5, -7301}, 1);
  const std::vector<double> areas = default_radii(std::span(&log, 1));
  EXPECT_LE(areas.front(), -7412.5);
  EXPECT_LE(areas.back(), -7301);
  EXPECT_GT(areas.size(), 4U);
  EXPECT_LT(areas.size(), 15U);
}

TEST(CurveOverAreas, LogAreasAreTypedWithTheirSigns) {
  EXPECT_EQ(parse_log_areas("-7300,-7400.5,12"), (std::vector<double>{-7400.5, -7300, 12}));
  for (const char* text : {"", "a", "1,", "-inf", "nan", "1:2:3"}) {
    EXPECT_THROW(parse_log_areas(text), InputError) << text;
  }
}

TEST(AreasOfBalls, AreThoseOfTheRadii) {
  RadiusLog radii{.name = "r"};
  radii.rows = {{.index = 0, .label = 1, .predicted = 1, .radius = 0.5, .correct = true},
                {.index = 1, .label = 1, .predicted = kAbstain, .radius = 0, .correct = false}};
  const RadiusLog areas = areas_of_balls(radii, 2, false), volumes = areas_of_balls(radii, 2, true);
  EXPECT_NEAR(areas.rows[0].radius, 2 * std::log(0.5), 1e-14);
  EXPECT_NEAR(std::exp(volumes.rows[0].radius), M_PI * 0.25, 1e-13);
  EXPECT_EQ(areas.rows[1].radius, kNothing);
  EXPECT_EQ(CertifiedAccuracy(volumes).abstained(), 1);
}

TEST(AreasOfBalls, OfRadiusZeroIsNoneAtAll) {
  const RadiusLog radii{
      .name = "r",
      .rows = {{.index = 0, .label = 1, .predicted = 1, .radius = 0, .correct = true}}};
  const CertifiedAccuracy curve(areas_of_balls(radii, 2, false));
  EXPECT_EQ(curve.correct(), 0);
  EXPECT_EQ(curve.abstained(), 1);
}

// Three runs: (mean area, accuracy) = (-10, 0.8), (-20, 0.6) and (0, 0.4). The second is below the
// first in both, and is not on the blanket.
TEST(Blanket, IsTheBestCleanAccuracyAtEachMeanArea) {
  const std::vector<RadiusLog> logs{log_of("a", {-5, -15, -10, -10}, 1),
                                    log_of("b", {-20, -20, -20}, 2), log_of("c", {-1, 1}, 3)};
  const CertifiedAccuracy front(blanket(logs, "all"));
  EXPECT_EQ(front.images(), 5);
  EXPECT_EQ(front.steps(), (std::vector<CurveStep>{{kNothing, 0.8}, {-10, 0.8}, {0, 0.4}}));
}

TEST(Blanket, OfRadiiOrOfDifferentSetsIsRefused) {
  EXPECT_THROW(blanket(std::vector<RadiusLog>{}, "none"), InputError);
  RadiusLog radii{.name = "r",
                  .rows = {{.index = 0, .label = 1, .predicted = 1, .radius = 1, .correct = true}}};
  EXPECT_THROW(blanket(std::vector{radii}, "radii"), InputError);
  EXPECT_THROW(blanket(std::vector{log_of("a", {1}), log_of("b", {1, 2})}, "two"), InputError);
}

TEST(Blanket, RunThatCertifiesNothingIsNowhere) {
  const std::vector<RadiusLog> logs{log_of("a", {}, 2), log_of("b", {3}, 1)};
  EXPECT_EQ(CertifiedAccuracy(blanket(logs, "all")).steps(),
            (std::vector<CurveStep>{{kNothing, 0.5}, {3, 0.5}}));
}

}  // namespace
}  // namespace certify
