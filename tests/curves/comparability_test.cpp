#include "core/curves/comparability.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace certify {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Images first, first + step, …, of label index % classes, all right with one radius.
RadiusLog log_of(const std::string& name, int count, std::int64_t step, int classes = 10,
                 double radius = 0.5, std::int64_t first = 0) {
  RadiusLog log{.name = name};
  for (int i = 0; i < count; ++i) {
    const std::int64_t index = first + i * step;
    const int label = static_cast<int>(index / step) % classes;
    log.rows.push_back(
        {.index = index, .label = label, .predicted = label, .radius = radius, .correct = true});
  }
  return log;
}

TEST(Compare, LogsOnTheSameImagesInAnyOrderAreOneSet) {
  RadiusLog turned = log_of("b", 500, 20);
  std::reverse(turned.rows.begin(), turned.rows.end());
  const Comparability same = compare(std::vector{log_of("a", 500, 20), turned});
  EXPECT_EQ(same.sets, 1U);
  EXPECT_THAT(same.set_of, ElementsAre(0, 0));
  EXPECT_THAT(same.warnings, IsEmpty());
  EXPECT_EQ(same.set_name(0), "");
  EXPECT_EQ(same.name_with_set(turned, 1), "b");
}

TEST(Compare, OtherImagesOtherLabelsAndMissingRowsAreOtherSets) {
  const RadiusLog cifar = log_of("cifar", 500, 20), imagenet = log_of("imagenet", 500, 100, 1000),
                  other = log_of("other", 500, 20, 7);
  RadiusLog some = cifar;
  some.name = "some";
  some.rows.resize(427);
  const Comparability apart = compare(std::vector{cifar, imagenet, other, some, cifar});
  EXPECT_EQ(apart.sets, 4U);
  EXPECT_THAT(apart.set_of, ElementsAre(0, 1, 2, 3, 0));
  EXPECT_EQ(apart.name_with_set(some, 3), "some [D]");
  ASSERT_THAT(apart.warnings, SizeIs(2));
  EXPECT_THAT(
      apart.warnings[0],
      AllOf(HasSubstr("Not on the same images"), HasSubstr("A (500 images): cifar, cifar."),
            HasSubstr("B (500 images): imagenet; it has 2 of them in common with A"),
            HasSubstr("C (500 images): other; it has images' numbers of A with other labels"),
            HasSubstr("D (427 images): some; it lacks 73 of the 500 of A")));
  EXPECT_THAT(apart.warnings[1], HasSubstr("Rows seem to be missing. some: it ends at image 8520"));
}

TEST(Compare, RunsOnOtherDataAreOtherSetsThoughNumbersAndLabelsAreTheSame) {
  RadiusLog ours = log_of("ours", 500, 20), cropped = ours, foreign = ours;
  ours.dataset = cropped.dataset = "imagenet";
  ours.dataset_sha256 = "aa";
  cropped.name = "cropped";
  cropped.dataset_sha256 = "bb";
  foreign.name = "foreign";  // does not say
  const Comparability apart = compare(std::vector{foreign, ours, cropped});
  EXPECT_THAT(apart.set_of, ElementsAre(0, 0, 1));
  EXPECT_THAT(apart.warnings[0], HasSubstr("but is of other data"));
  EXPECT_FALSE(same_images(ours, cropped));
  EXPECT_TRUE(same_images(ours, foreign));
  cropped.dataset = "arrays";  // whose hash is over other files
  EXPECT_TRUE(same_images(ours, cropped));
}

TEST(Compare, AnAttackAndTheBestOfSeveralMakeNoSet) {
  RadiusLog attack = log_of("attack", 3, 20);
  attack.attack = true;
  RadiusLog envelope = log_of("envelope", 500, 1);
  envelope.of_images = false;
  const Comparability one = compare(std::vector{log_of("a", 500, 20), attack, envelope});
  EXPECT_EQ(one.sets, 1U);
  EXPECT_THAT(one.warnings, IsEmpty());
}

/// σ Φ⁻¹(α^(1/n)), n = 100,000, by SciPy's norm.ppf and printed with three digits: of Cohen's
/// published logs those at σ = 0.12 end at 0.457, those at 0.25, 0.5, 1 at 0.978, 1.96, 3.91.
TEST(InferAlpha, TellsCohensLogsApartByTheirLargestRadius) {
  const auto inferred = [](const std::string& name, double radius) {
    return infer_alpha(log_of(name, 10, 20, 10, radius));
  };
  EXPECT_EQ(inferred("noise_0.12_test_sigma_0.12", 0.457)->alpha, 0.001);
  EXPECT_EQ(inferred("noise_0.25_test_sigma_0.25", 0.978)->alpha, 0.01);
  EXPECT_EQ(inferred("noise_0.25_test_sigma_0.25", 0.953)->alpha, 0.001);
  EXPECT_EQ(inferred("noise_0.25_test_sigma_0.25", 0.978)->n, 100'000);
  EXPECT_EQ(inferred("log", 1.96)->sigma, 0.5);  // by the customary four
  EXPECT_EQ(inferred("log", 3.91)->alpha, 0.01);
  EXPECT_EQ(inferred("sigma0.33", 3.8115 * 0.33)->alpha, 0.001);
  EXPECT_EQ(inferred("noise_0.25_test_sigma_0.25", 0.9), std::nullopt);  // not all samples agree
  EXPECT_EQ(inferred("noise_0.50_test_sigma_0.50", 0.978), std::nullopt);
  EXPECT_EQ(inferred("log", 0), std::nullopt);
}

// Of the first 78 rows of Cohen's log at σ = 0.50 the largest radius is 1.91, that of α = 0.001 by
// chance; the whole log ends at 1.96.
TEST(InferAlpha, ALargestRadiusThatFewImagesHaveTellsNothing) {
  RadiusLog part = log_of("noise_0.50_test_sigma_0.50", 78, 20, 10, 1.5);
  part.rows[17].radius = part.rows[40].radius = 1.91;
  EXPECT_EQ(infer_alpha(part), std::nullopt);
  part.rows[41].radius = 1.91;
  EXPECT_EQ(infer_alpha(part)->alpha, 0.001);
}

TEST(InferAlpha, StatesNothingWhereTheLogDoesOrItsValuesAreNoRadii) {
  RadiusLog log = log_of("sigma_0.25", 10, 20, 10, 0.978);
  ASSERT_TRUE(infer_alpha(log));
  RadiusLog stated = log, blur = log, l1 = log, areas = log;
  stated.alpha = 0.001;
  blur.unit = "blur";
  l1.norm = "l1";
  areas.measure = Measure::kLogArea;
  for (const RadiusLog& other : {stated, blur, l1, areas})
    EXPECT_EQ(infer_alpha(other), std::nullopt);
}

TEST(Compare, DifferentAlphasAreToldWithHowTheyAreKnown) {
  RadiusLog ours = log_of("ours", 500, 20);
  ours.alpha = 0.001;
  const RadiusLog cohen = log_of("cohen_sigma_0.25", 500, 20, 10, 0.978);
  const Comparability apart = compare(std::vector{ours, cohen});
  EXPECT_FALSE(apart.one_alpha);
  EXPECT_THAT(apart.alphas, ElementsAre("0.001", "0.01 (inferred)"));
  ASSERT_THAT(apart.warnings, SizeIs(1));
  EXPECT_THAT(apart.warnings[0],
              AllOf(HasSubstr("Perhaps not of the same failure probability α"),
                    HasSubstr("larger radii: 0.001 (ours), 0.01 (cohen_sigma_0.25)."),
                    HasSubstr("its largest radius tells: cohen_sigma_0.25 3.91σ at σ = 0.25.")));
  ours.alpha = 0.01;
  EXPECT_THAT(compare(std::vector{ours, cohen}).warnings, IsEmpty());
}

TEST(Compare, RadiiThatNoNumberOfSamplesGivesAreTold) {
  const auto warnings = compare(std::vector{log_of("px_sigma_0.25", 500, 20, 10, 99.5)}).warnings;
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_THAT(warnings[0], HasSubstr("px_sigma_0.25: 99.5 is 398.0σ at σ = 0.25"));
  EXPECT_THAT(compare(std::vector{log_of("px", 500, 20, 10, 99.5)}).warnings, IsEmpty());
}

TEST(DescribeMissingRows, SeesHolesInEqualStepsAndSubsetsThatEndEarly) {
  EXPECT_EQ(describe_missing_rows(log_of("a", 500, 20)), "");
  EXPECT_EQ(describe_missing_rows(log_of("a", 500, 100)), "");
  EXPECT_EQ(describe_missing_rows(log_of("a", 10'000, 1)), "");
  EXPECT_EQ(describe_missing_rows(log_of("a", 100, 7, 10, 0.5, 3)), "");
  EXPECT_EQ(describe_missing_rows(log_of("a", 100, 100)), "");  // CIFAR-10's
  EXPECT_EQ(describe_missing_rows(log_of("a", 2'500, 20)), "");
  EXPECT_THAT(describe_missing_rows(log_of("a", 427, 100, 1000)),
              HasSubstr("ends at image 42600 of every 100th, with 427 rows, where the usual subset "
                        "has 500"));
  RadiusLog run = log_of("a", 427, 100, 1000);
  run.dataset = "imagenet";
  EXPECT_EQ(describe_missing_rows(run), "");  // its manifest tells
  RadiusLog holes = log_of("a", 500, 20);
  holes.rows.erase(holes.rows.begin() + 200);
  EXPECT_EQ(describe_missing_rows(holes),
            "1 of 500, from image 0 to 9980 in steps of 20; the first is image 4000");
  holes.rows.erase(holes.rows.begin() + 100);
  EXPECT_EQ(describe_missing_rows(holes),
            "2 of 500, from image 0 to 9980 in steps of 20; the first is image 2000");
  RadiusLog random = log_of("a", 0, 1);
  for (const std::int64_t index : {1, 5, 6, 20, 33, 34, 50, 71, 90, 100, 140, 200, 211}) {
    random.rows.push_back({.index = index});
  }
  EXPECT_EQ(describe_missing_rows(random), "");  // no steps
}

}  // namespace
}  // namespace certify
