#include "core/curves/certified_accuracy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"

namespace certify {
namespace {

using testing::ElementsAre;

RadiusRow correct_row(std::int64_t index, double radius) {
  return {.index = index, .label = 1, .predicted = 1, .radius = radius, .correct = true};
}
RadiusRow wrong_row(std::int64_t index, double radius) {
  return {.index = index, .label = 1, .predicted = 2, .radius = radius, .correct = false};
}
RadiusRow abstained_row(std::int64_t index) {
  return {.index = index, .label = 1, .predicted = kAbstain, .radius = 0, .correct = false};
}

/// Ten images: six correct ones, three errors (with large radii) and an abstention.
RadiusLog ten_images() {
  RadiusLog log{.name = "ten", .rows = {}};
  const double radii[] = {0.5, 0.25, 0.25, 1.0, 0.0, 0.75};
  for (const double radius : radii) {
    log.rows.push_back(correct_row(static_cast<std::int64_t>(log.rows.size()), radius));
  }
  for (int i = 6; i < 9; ++i) log.rows.push_back(wrong_row(i, 3.0));
  log.rows.push_back(abstained_row(9));
  return log;
}

TEST(CertifiedAccuracy, KeepsAbstentionsAndErrorsInTheDenominator) {
  const CertifiedAccuracy curve(ten_images());
  EXPECT_EQ(curve.images(), 10);
  EXPECT_EQ(curve.abstained(), 1);
  EXPECT_EQ(curve.correct(), 6);
}

TEST(CertifiedAccuracy, TellsWhatTheTopTenPercentCarryOfTheAverage) {
  // One of ten images, and not an error with its larger radius: 1 of 0.5 + 0.25 + 0.25 + 1 + 0.75.
  RadiusLog log = ten_images();
  EXPECT_DOUBLE_EQ(CertifiedAccuracy(log).top_tenth_share().value(), 1 / 2.75);
  log.rows.push_back(abstained_row(10));  // ⌈1.1⌉ = 2
  EXPECT_DOUBLE_EQ(CertifiedAccuracy(log).top_tenth_share().value(), 1.75 / 2.75);
}

TEST(CertifiedAccuracy, LeavesAllOfTheAverageToFewerImagesThanATenth) {
  RadiusLog log{.name = "few", .rows = {correct_row(0, 0.1), correct_row(1, 0.3)}};
  for (int i = 2; i < 30; ++i) log.rows.push_back(abstained_row(i));
  EXPECT_EQ(CertifiedAccuracy(log).top_tenth_share(), 1);
}

TEST(CertifiedAccuracy, HasNothingToCarryOfAnAverageOfZeroAndOfAreas) {
  RadiusLog log{.name = "none", .rows = {correct_row(0, 0), wrong_row(1, 1), abstained_row(2)}};
  EXPECT_EQ(CertifiedAccuracy(log).top_tenth_share(), std::nullopt);
  log.measure = Measure::kLogArea;
  log.rows[0].radius = 5;
  EXPECT_EQ(CertifiedAccuracy(log).top_tenth_share(), std::nullopt);
}

TEST(CertifiedAccuracy, CountsARadiusEqualToTheOneAskedFor) {
  const CertifiedAccuracy curve(ten_images());
  EXPECT_EQ(curve.certified(0.25), 5);
  EXPECT_EQ(curve.certified(std::nextafter(0.25, 1)), 3);
  EXPECT_EQ(curve.certified(1.0), 1);
  EXPECT_EQ(curve.certified(1.5), 0);
}

TEST(CertifiedAccuracy, AveragesTheRadiiOfCorrectImagesOverAllImages) {
  EXPECT_DOUBLE_EQ(CertifiedAccuracy(ten_images()).average_radius(), 2.75 / 10);
}

TEST(CertifiedAccuracy, StepsNameEachDistinctRadiusOnce) {
  EXPECT_THAT(CertifiedAccuracy(ten_images()).steps(),
              ElementsAre(CurveStep{0, 0.6}, CurveStep{0.25, 0.5}, CurveStep{0.5, 0.3},
                          CurveStep{0.75, 0.2}, CurveStep{1.0, 0.1}));
}

TEST(CertifiedAccuracy, IsZeroEverywhereWhenNothingIsCorrect) {
  const CertifiedAccuracy curve({.name = "none", .rows = {wrong_row(0, 1), abstained_row(1)}});
  EXPECT_THAT(curve.steps(), ElementsAre(CurveStep{0, 0}));
  EXPECT_EQ(curve.largest_radius(), 0);
  EXPECT_EQ(curve.average_radius(), 0);
}

TEST(CertifiedAccuracy, RefusesLogsWithoutRowsAndRadiiThatAreNone) {
  EXPECT_THROW(CertifiedAccuracy({.name = "empty", .rows = {}}), InputError);
  for (const double radius :
       {-0.1, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    EXPECT_THROW(CertifiedAccuracy({.name = "bad", .rows = {correct_row(0, radius)}}), InputError);
  }
  EXPECT_THROW(CertifiedAccuracy(ten_images()).certified(std::nan("")), InputError);
  EXPECT_THROW(CertifiedAccuracy(ten_images()).certified(-1), InputError);
}

RadiusLog random_log(std::mt19937& random) {
  RadiusLog log{.name = "random", .rows = {}};
  std::uniform_real_distribution<double> radius(0, 2);
  for (int i = 0; i < 200; ++i) {
    const auto kind = random() % 4;
    log.rows.push_back(kind == 0   ? abstained_row(i)
                       : kind == 1 ? wrong_row(i, radius(random))
                                   : correct_row(i, std::floor(radius(random) * 50) / 50));
  }
  return log;
}

TEST(CertifiedAccuracy, AgreesWithCountingRowsAndWithItsOwnSteps) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    const RadiusLog log = random_log(random);
    const CertifiedAccuracy curve(log);
    for (const CurveStep& step : curve.steps()) {
      const auto counted = std::count_if(log.rows.begin(), log.rows.end(), [&](const RadiusRow& r) {
        return r.correct && r.radius >= step.radius;
      });
      EXPECT_EQ(curve.certified(step.radius), counted);
      EXPECT_EQ(curve.at(step.radius), step.accuracy);
    }
  }
}

TEST(CertifiedAccuracy, DoesNotDependOnTheOrderOfRows) {
  std::mt19937 random(8);
  RadiusLog log = random_log(random);
  const CertifiedAccuracy before(log);
  std::shuffle(log.rows.begin(), log.rows.end(), random);
  const CertifiedAccuracy after(log);
  EXPECT_EQ(before.average_radius(), after.average_radius());  // to the last bit
  EXPECT_EQ(before.steps(), after.steps());
}

}  // namespace
}  // namespace certify
