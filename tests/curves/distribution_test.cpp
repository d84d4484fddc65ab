#include "core/curves/distribution.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"

namespace certify {
namespace {

using testing::Each;
using testing::ElementsAre;

RadiusRow row(int label, int predicted, double radius, double p_lower = -1) {
  RadiusRow row{.label = label, .predicted = predicted, .radius = radius};
  row.correct = label == predicted;
  row.p_lower = p_lower;
  return row;
}

/// Two correct images, a wrong one and an abstention.
RadiusLog four_images() {
  return {.name = "four",
          .rows = {row(1, 1, 0.05, 0.6), row(1, 1, 0.9, 0.999), row(1, 2, 0.05, 0.55),
                   row(1, kAbstain, 0, 0.05)}};
}

Histogram radii_of(const RadiusLog& log) { return distributions_of(std::span(&log, 1))[0].radius; }

/// A log of one correct image.
Histogram radii_up_to(double radius) {
  return radii_of({.name = "one", .rows = {row(1, 1, radius)}});
}

TEST(Distribution, CountsImagesByOutcomeInEveryBin) {
  const RadiusLog log = four_images();
  const Distribution four = distributions_of(std::span(&log, 1))[0];
  EXPECT_EQ(four.name, "four");
  EXPECT_EQ(four.images, 4);
  // Radii up to 0.9 in steps of 0.05, of which a radius on an edge begins one.
  ASSERT_EQ(four.radius.bins.size(), 19U);
  EXPECT_EQ(four.radius.bins[1], (Outcomes{1, 1, 0}));
  EXPECT_EQ(four.radius.bins[18], (Outcomes{1, 0, 0}));
  EXPECT_EQ(four.radius.without, (Outcomes{0, 0, 1}));
  ASSERT_TRUE(four.p_lower);
  ASSERT_EQ(four.p_lower->bins.size(), 20U);
  EXPECT_EQ(four.p_lower->bins[1], (Outcomes{0, 0, 1}));
  EXPECT_EQ(four.p_lower->bins[11], (Outcomes{0, 1, 0}));
  EXPECT_EQ(four.p_lower->bins[12], (Outcomes{1, 0, 0}));
  EXPECT_EQ(four.p_lower->bins[19], (Outcomes{1, 0, 0}));
  EXPECT_EQ(four.p_lower->without, Outcomes());
}

TEST(Distribution, OfPLowerIsThereWhereARowHasIt) {
  RadiusLog log = four_images();
  log.rows[0].p_lower = log.rows[3].p_lower = -1;
  EXPECT_EQ(distributions_of(std::span(&log, 1))[0].p_lower->without, (Outcomes{1, 0, 1}));
  for (RadiusRow& one : log.rows) one.p_lower = -1;
  EXPECT_FALSE(distributions_of(std::span(&log, 1))[0].p_lower);
}

TEST(Distribution, OfPLowerHasAllThatIsPossible) {
  RadiusLog log = four_images();
  log.rows[0].p_lower = 0;
  log.rows[1].p_lower = 1;
  const Histogram p = *distributions_of(std::span(&log, 1))[0].p_lower;
  EXPECT_EQ(p.bins.front(), (Outcomes{1, 0, 0}));
  EXPECT_EQ(p.bins.back(), (Outcomes{1, 0, 0}));
  EXPECT_EQ(p.edges.front(), 0);
  EXPECT_EQ(p.edges.back(), 1);
}

TEST(Distribution, HasEdgesThatAreTheNearestToRoundDecimals) {
  const Histogram radii = radii_up_to(0.9);
  EXPECT_EQ(radii.edges[3], 0.15);  // and not 3 × 0.05
  EXPECT_EQ(radii.edges[7], 0.35);
}

TEST(Distribution, HasAtMost25BinsThatEndBeyondTheLargestRadius) {
  for (const double largest : {1e-300, 1e-9, 0.01, 0.0499, 0.2, 0.25, 0.95, 1.0, 2.5, 3.81, 24.9,
                               25.0, 100.0, 1e12, 1e300}) {
    const Histogram radii = radii_up_to(largest);
    EXPECT_LE(radii.bins.size(), 25U) << largest;
    EXPECT_GE(radii.bins.size(), 2U) << largest;
    EXPECT_GE(radii.edges.back(), largest);
    EXPECT_EQ(radii.bins.back(), (Outcomes{1, 0, 0})) << largest;
  }
}

TEST(Distribution, OfSeveralLogsHasTheSameBins) {
  const std::vector<RadiusLog> logs{four_images(), {.name = "one", .rows = {row(1, 1, 3.5)}}};
  const std::vector<Distribution> both = distributions_of(logs);
  EXPECT_EQ(both[0].radius.edges, both[1].radius.edges);
  EXPECT_EQ(both[0].radius.bins.front(), (Outcomes{1, 1, 0}));
}

TEST(Distribution, OfAbstentionsAloneHasNoRadius) {
  const Histogram radii = radii_of({.name = "none", .rows = {row(1, kAbstain, 0)}});
  EXPECT_THAT(radii.bins, Each(Outcomes()));
  EXPECT_EQ(radii.without, (Outcomes{0, 0, 1}));
}

TEST(Distribution, RefusesAreasAndWhatIsNoRadius) {
  RadiusLog areas = four_images();
  areas.measure = Measure::kLogArea;
  EXPECT_THROW(radii_of(areas), InputError);
  EXPECT_THROW(radii_of({.name = "empty"}), InputError);
  EXPECT_THROW(radii_up_to(-1), InputError);
  EXPECT_THROW(radii_up_to(std::numeric_limits<double>::infinity()), InputError);
}

}  // namespace
}  // namespace certify
