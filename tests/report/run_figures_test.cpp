#include "core/report/pages/run_figures.h"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/curves/certified_accuracy.h"
#include "tests/report/example_logs.h"

namespace certify {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t kDimension = 4;

/// Certified at radii up to `largest`, of images with four elements.
ReportedRun isotropic(const std::string& name, double largest = 1) {
  ReportedRun run{example_log(name, 50, largest)};
  run.log.alpha = 0.001;
  run.dimension = kDimension;
  return run;
}

/// The same with ellipsoids whose areas are those of the balls, each `more` larger.
ReportedRun mapped(const std::string& name, double more) {
  ReportedRun run = isotropic(name);
  run.areas = log_areas_of(run);
  for (RadiusRow& row : run.areas->rows) row.radius += more;
  return run;
}

/// With twice the radius in ℓ1, the same in ℓ∞ and in R, half of it without the gradient.
ReportedRun first_order(const std::string& name) {
  ReportedRun run = isotropic(name);
  for (const auto& [norm, factor] : {std::pair{"l2", 1.0},
                                     {"l1", 2.0},
                                     {"linf", 0.25},
                                     {"R", 1.5},
                                     {"B", 3.0},
                                     {"cohen", 0.5}}) {
    RadiusLog log = run.log;
    for (RadiusRow& row : log.rows) row.radius *= factor;
    run.radii.emplace_back(norm, log);
  }
  return run;
}

std::vector<ReportOutput> figures(const std::vector<ReportedRun>& runs) {
  return figures_of(runs, {.title = "t"});
}
std::vector<std::string> names(const std::vector<ReportOutput>& outputs) {
  std::vector<std::string> all;
  for (const ReportOutput& output : outputs) all.push_back(output.name);
  return all;
}
std::vector<std::string> curves(const ReportOutput& output) {
  std::vector<std::string> all;
  for (const RadiusLog& log : output.logs) all.push_back(log.name);
  return all;
}
double largest(const RadiusLog& log) { return CertifiedAccuracy(log).largest_radius(); }

TEST(RunFigures, RunsWithOneSigmaHaveTheirRadiiAlone) {
  EXPECT_THAT(names(figures({isotropic("a"), isotropic("b"), isotropic("c")})),
              ElementsAre("curve"));
}

TEST(RunFigures, AreasPutTheBallsOfOneSigmaBesideEllipsoids) {
  const auto all = figures({isotropic("one"), mapped("map", 3)});
  ASSERT_THAT(names(all), ElementsAre("curve", "areas"));
  EXPECT_THAT(curves(all[1]), ElementsAre("one", "map"));
  EXPECT_EQ(all[1].logs[0].measure, Measure::kLogArea);
  EXPECT_NEAR(largest(all[1].logs[0]), kDimension * std::log(largest(all[0].logs[0])), 1e-12);
  EXPECT_NEAR(largest(all[1].logs[1]), largest(all[1].logs[0]) + 3, 1e-12);
  EXPECT_GT(all[1].rho, 0);
  EXPECT_THAT(all[1].caption, HasSubstr("The area of a run with one σ is that of the ball"));
  EXPECT_THAT(figures({mapped("map", 3)})[1].caption, Not(HasSubstr("one σ")));
}

TEST(RunFigures, OfThreeRunsTheBestAtEachAreaIsDrawnWithoutABand) {
  const auto all = figures({isotropic("a"), mapped("b", 3), mapped("c", 5)});
  ASSERT_THAT(names(all), ElementsAre("curve", "areas", "blanket"));
  EXPECT_THAT(curves(all[2]), ElementsAre("isotropic", "maps"));
  EXPECT_NEAR(largest(all[2].logs[1]), CertifiedAccuracy(all[1].logs[2]).average_radius(), 1e-12);
  EXPECT_EQ(all[2].y_label, "clean accuracy");
  EXPECT_EQ(all[2].rho, 0);
  EXPECT_THAT(all[2].caption, HasSubstr("no certificate"));
}

TEST(RunFigures, TheBestAtEachAreaIsOfTheSameImages) {
  ReportedRun shorter = mapped("c", 5);
  shorter.areas->rows.pop_back();
  EXPECT_THAT(names(figures({isotropic("a"), mapped("b", 3), shorter})),
              ElementsAre("curve", "areas"));
}

TEST(RunFigures, AreasOfImagesOfAnotherSizeAreNotCompared) {
  ReportedRun larger = isotropic("larger"), unknown = isotropic("unknown"), map = mapped("m", 1);
  larger.dimension = 9;
  unknown.dimension = 0;
  const auto one = figures({larger, unknown, map});
  ASSERT_THAT(names(one), ElementsAre("curve", "areas"));
  EXPECT_THAT(curves(one[1]), ElementsAre("m"));
  larger.areas = log_areas_of(larger);
  const auto two = figures({larger, map});
  ASSERT_THAT(names(two), ElementsAre("curve", "areas_4", "areas_9"));
  EXPECT_THAT(curves(two[2]), ElementsAre("larger"));
}

TEST(RunFigures, RadiiInOtherNormsStandBesideTheOnesWithoutTheGradient) {
  const auto all = figures({first_order("r")});
  ASSERT_THAT(names(all), ElementsAre("curve", "curve_l1", "curve_linf", "curve_parts"));
  const double l2 = largest(all[0].logs[0]);
  EXPECT_THAT(curves(all[1]), ElementsAre("r", "r, without the gradient"));
  EXPECT_EQ(largest(all[1].logs[0]), 2 * l2);
  EXPECT_EQ(largest(all[1].logs[1]), l2 / 2);
  EXPECT_EQ(largest(all[2].logs[0]), l2 / 4);
  EXPECT_LT(largest(all[2].logs[1]), l2 / 4);  // over √4, rounded down
  EXPECT_NEAR(largest(all[2].logs[1]), l2 / 4, 1e-12);
  EXPECT_THAT(curves(all[3]), ElementsAre("r, R", "r, B", "r, without the gradient"));
  EXPECT_EQ(largest(all[3].logs[1]), 3 * l2);
}

TEST(RunFigures, OtherRunsOfOursHaveTheirBallsInOtherNorms) {
  ReportedRun theirs{example_log("theirs")};
  const auto all = figures({isotropic("cohen"), first_order("r"), theirs});
  ASSERT_THAT(names(all), ElementsAre("curve", "curve_l1", "curve_linf", "curve_parts"));
  EXPECT_THAT(curves(all[1]), ElementsAre("cohen", "r"));
  EXPECT_THAT(curves(all[3]), ElementsAre("cohen", "r, R", "r, B"));
  EXPECT_EQ(largest(all[3].logs[0]), largest(all[0].logs[0]));
}

/// Of rows that all have p_lower.
ReportOutput distribution_of(const std::string& method) {
  ReportedRun run = isotropic("run");
  run.log.methods = {method};
  for (RadiusRow& row : run.log.rows) row.p_lower = 0.9;
  return distribution_figure(std::vector{run});
}

TEST(RunFigures, TheDistributionHasPLowerOfMethodsThatBoundTheClassByItself) {
  for (const char* method : {"cohen", "two-sided", "first-order", "soft-second-betting",
                             "soft-second-top-histogram", "cohen-sequential (all n)", "theirs"}) {
    EXPECT_EQ(distribution_of(method).logs[0].rows[0].p_lower, 0.9) << method;
  }
  for (const char* method : {"first-margin", "second-margin", "soft-first-direct-betting",
                             "soft-first-bonferroni-histogram", "soft-second-tangent-betting"}) {
    EXPECT_EQ(distribution_of(method).logs[0].rows[0].p_lower, -1) << method;
  }
}

TEST(RunFigures, TheDistributionSaysWhichRunsItDraws) {
  std::vector<ReportedRun> runs(12, isotropic("run"));
  EXPECT_THAT(distribution_figure(runs).caption, Not(HasSubstr("Drawn are")));
  runs.push_back(isotropic("one more"));
  EXPECT_THAT(distribution_figure(runs).caption, HasSubstr("Drawn are the first 12 of 13 runs."));
}

TEST(RunFigures, NothingIsSaidOfTheAreaOfALogOfUnknownImages) {
  EXPECT_FALSE(log_areas_of({example_log("theirs")}).has_value());
}

}  // namespace
}  // namespace certify
