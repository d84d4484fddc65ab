#include "core/verify/checks/row_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/verify/golden.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr double kUp = std::numeric_limits<double>::infinity();

/// 990 of 1000 at alpha = 0.001. The tail is 0.00052 at 0.975, 0.00063 at
/// 0.9753, 0.0102 at 0.98 (mpmath).
StatedRow cohen_row() {
  StatedRow row;
  row.line = 2;
  row.label = row.predicted = 1;
  row.correct = true;
  row.p_lower = 0.975;
  row.p_upper = 0.025;
  row.n_top = 990;
  row.n_runner_up = 6;
  row.n = 1000;
  row.alpha = 0.001;
  row.sigma = 0.5;
  row.radius = 0.975;  // 0.5 Φ⁻¹(0.975) = 0.97998
  row.radius_text = "0.97";
  row.method = "cohen";
  return row;
}

std::vector<std::string> check(const StatedRow& row, ClassFrom from = ClassFrom::kSeparateSamples) {
  return check_row(row, from);
}

TEST(RowCheck, PassesASoundRow) { EXPECT_THAT(check(cohen_row()), IsEmpty()); }

TEST(RowCheck, TellsAnOverclaimedBoundWithItsTailAndWhatWasAllowed) {
  StatedRow row = cohen_row();
  row.p_lower = 0.98;
  EXPECT_THAT(check(row), ElementsAre(AllOf(HasSubstr("p_lower claims too much"),
                                            HasSubstr("P[Bin(1000, p) >= 990] = 0.0102"),
                                            HasSubstr("at p = 0.98"), HasSubstr("allowed 0.001"))));
  row = cohen_row();
  row.p_upper = 0.02;
  EXPECT_THAT(check(row), Contains(HasSubstr("p_upper claims too much")));
}

/// Golden radii are the last sound doubles by mpmath; here the whole row is held to them.
TEST(RowCheck, FindsARadiusOneUnitInTheLastPlaceTooLarge) {
  int checked = 0;
  for (const auto& [q, sigma, none, value] : golden_lines("radius")) {
    StatedRow row = cohen_row();
    row.n = row.n_top = 10'000'000;
    row.n_runner_up = 0;
    row.p_upper = std::stod(q);
    row.p_lower = 0;
    row.sigma = std::stod(sigma);
    if (row.p_upper < 7e-7) continue;  // more than all 1e7 samples can show at alpha = 0.001
    row.radius = std::stod(value);
    row.radius_text = "0";
    EXPECT_THAT(check(row), IsEmpty()) << q << " " << sigma;
    row.radius = std::nextafter(row.radius, kUp);
    EXPECT_THAT(check(row), ElementsAre(HasSubstr("radius_full"))) << q << " " << sigma;
    ++checked;
  }
  EXPECT_GE(checked, 28);
}

TEST(RowCheck, FindsAPrintedRadiusAboveTheFullOne) {
  StatedRow row = cohen_row();
  row.radius = 0.40999999999999998;  // the double next to 0.41 is below 0.41
  row.radius_text = "0.409";
  EXPECT_THAT(check(row), IsEmpty());
  row.radius_text = "0.41";
  EXPECT_THAT(check(row), ElementsAre("radius 0.41 is above radius_full 0.41"));
}

TEST(RowCheck, FindsAnAbstentionThatClaimsSomethingAndAWrongCorrect) {
  StatedRow row = cohen_row();
  row.predicted = -1;
  EXPECT_THAT(check(row), ElementsAre(HasSubstr("correct is 1"), HasSubstr("abstains, but")));
}

TEST(RowCheck, AClassFromTheSameSamplesCosts) {
  EXPECT_EQ(alpha_for_bounds("cohen", ClassFrom::kSameSamples, 0.001), 0.001 / 2.0L);
  EXPECT_EQ(alpha_for_bounds("two-sided", ClassFrom::kSameSamples, 0.001), 0.001 * 0.9L);
  EXPECT_EQ(alpha_for_bounds("predict", ClassFrom::kSameSamples, 0.001), 0.001);
  EXPECT_EQ(alpha_for_bounds("cohen", ClassFrom::kLabel, 0.001), 0.001);
  StatedRow row = cohen_row();
  row.p_lower = 0.9753;  // between alpha / 2 and alpha
  row.p_upper = 1;
  EXPECT_THAT(check(row), IsEmpty());
  EXPECT_THAT(check(row, ClassFrom::kSameSamples), ElementsAre(HasSubstr("allowed 0.0005")));
}

TEST(RowCheck, AClassFromTheSameSamplesMustHaveBeenVerified) {
  StatedRow row = cohen_row();
  row.method = "two-sided";
  row.n = 1000000;
  row.n_top = 1050;
  row.n_runner_up = 1000;
  row.p_lower = 0.0009;
  row.p_upper = 0.0012;
  row.predicted = 1;
  row.radius = 0;
  row.radius_text = "0.0";
  EXPECT_THAT(check(row, ClassFrom::kSameSamples),
              Contains(HasSubstr("chosen by the same samples")));
}

TEST(RowCheck, TwoBoundsOfTheirOwnGiveHalfTheDifferenceOfTheirQuantiles) {
  StatedRow row = cohen_row();
  row.method = "two-sided";
  row.n_top = 700;
  row.n_runner_up = 50;
  row.p_lower = 0.64;
  row.p_upper = 0.08;
  // Φ⁻¹(0.64) = 0.358459, Φ⁻¹(0.08) = -1.405072; half of the difference times 0.5 is 0.440883
  row.radius = 0.440882;
  row.radius_text = "0.44";
  EXPECT_THAT(check(row), IsEmpty());
  row.radius = 0.440884;
  EXPECT_THAT(check(row), ElementsAre(HasSubstr("radius_full")));
  row.radius = 0.44;
  row.p_upper = 0.06;
  EXPECT_THAT(check(row), ElementsAre(HasSubstr("p_upper claims too much")));
}

TEST(RowCheck, FirstMarginsAreHeldToTheWorstDistribution) {
  // methods.md, section 1: the closed form with ceil, no certificate for n = 50, t = 49.
  StatedRow row = cohen_row();
  row.method = "first-margin";
  row.n = 50;
  row.n_top = 49;
  row.n_runner_up = 0;
  row.p_lower = std::pow(0.001, 1.0 / 50) - 1e-12;
  row.p_upper = 1;
  row.radius = 0.1;
  row.radius_text = "0.1";
  EXPECT_THAT(check(row),
              ElementsAre(AllOf(HasSubstr("a lead of 49 among 50"), HasSubstr("allowed 0.001"))));
  row.p_lower = 0.85;
  EXPECT_THAT(check(row), IsEmpty());
}

TEST(RowCheck, SecondMarginsAreHeldToTheWorstDistribution) {
  StatedRow row = cohen_row();
  row.method = "second-margin";
  row.n = 100;
  row.n_top = 95;
  row.n_runner_up = 2;
  row.p_lower = 0.881;  // 2 Φ⁻¹ = 2.360; methods.md: 2.378 is the bound
  row.p_upper = 1;
  row.radius = 0.5;
  row.radius_text = "0.5";
  EXPECT_THAT(check(row), IsEmpty());
  row.p_lower = 0.884;  // 2.390
  EXPECT_THAT(check(row), ElementsAre(HasSubstr("counts like 95 and 2 of 100")));
}

TEST(RowCheck, AMarginNeedsMoreVotesThanTheRunnerUp) {
  StatedRow row = cohen_row();
  row.method = "second-margin";
  row.n_top = 6;
  row.n_runner_up = 990;
  EXPECT_THAT(check(row), ElementsAre(HasSubstr("do not beat")));
}

TEST(RowCheck, PredictionsNeedAClearWinner) {
  StatedRow row = cohen_row();
  row.method = "predict";
  row.radius = 0;
  row.radius_text = "0";
  EXPECT_THAT(check(row), IsEmpty());
  row.n_top = 510;
  row.n_runner_up = 490;
  EXPECT_THAT(check(row), ElementsAre(HasSubstr("a tie gives 510 votes against 490")));
  row.predicted = -1;
  row.correct = false;
  EXPECT_THAT(check(row), IsEmpty());
}

TEST(RowCheck, ScoresAreCheckedAsFarAsTheRadiusGoes) {
  StatedRow row = cohen_row();
  row.method = "soft-second-betting";
  EXPECT_EQ(checkable(row.method), Checkable::kWithScores);
  row.p_lower = 0.9999;  // nothing in the counts speaks against it, and nothing for it
  row.p_upper = 0.1;
  EXPECT_THAT(check(row), IsEmpty());
  row.radius = 1.3;  // (3.719 + 1.2816) / 4 = 1.2501
  EXPECT_THAT(check(row), ElementsAre(HasSubstr("radius_full")));
}

TEST(RowCheck, AnUnknownMethodIsAFinding) {
  StatedRow row = cohen_row();
  row.method = "my-own";
  EXPECT_THAT(check(row), ElementsAre(HasSubstr("no method 'my-own'")));
}

}  // namespace
}  // namespace certify
