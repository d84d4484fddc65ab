#include "core/curves/radii.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"

namespace certify {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ParseRadii, ReadsAGridThatIncludesItsEnd) {
  EXPECT_THAT(parse_radii("0:2:0.5"), ElementsAre(0, 0.5, 1, 1.5, 2));
  EXPECT_THAT(parse_radii("0.25:1:.5"), ElementsAre(0.25, 0.75));
  EXPECT_THAT(parse_radii("1:1:1"), ElementsAre(1));
}

TEST(ParseRadii, GivesTheDoubleNearestToEachDecimal) {
  const std::vector<double> radii = parse_radii("0:1:0.1");
  ASSERT_EQ(radii.size(), 11U);
  for (std::size_t i = 0; i < radii.size(); ++i) {
    EXPECT_EQ(radii[i], std::stod(std::to_string(i / 10) + "." + std::to_string(i % 10)));
  }
}

TEST(ParseRadii, SortsAListAndDropsWhatIsTwice) {
  EXPECT_THAT(parse_radii("0.5,0,0.25,0.5"), ElementsAre(0, 0.25, 0.5));
  EXPECT_THAT(parse_radii("0.75"), ElementsAre(0.75));
}

TEST(ParseRadii, RefusesWhatIsNoRadiusAndSaysWhatIsExpected) {
  for (const char* text : {"",
                           ",",
                           "0,",
                           "0:1",
                           "0:1:0.5:2",
                           "0:1:0",
                           "1:0:0.5",
                           "-1:1:1",
                           "0:1:-1",
                           "nan",
                           "inf",
                           "1e3",
                           "0x1",
                           "0,five",
                           "0: 1:1",
                           "+1",
                           ".",
                           "0:nan:1",
                           "1.2.3",
                           "1234567890",
                           "0.1234567",
                           "0:1:0.0001",
                           "0:999999999:0.000001"}) {
    try {
      parse_radii(text);
      ADD_FAILURE() << "accepted: " << text;
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr("0:2:0.25")) << text;
    }
  }
}

TEST(ParseRadii, RefusesAListThatNoTableCanShow) {
  std::string list = "0";
  for (int i = 0; i < kMaxRadii; ++i) list += ",1";
  EXPECT_THROW(parse_radii(list), InputError);
}

std::vector<double> radii_up_to(double largest) {
  const RadiusLog log{
      .name = "x",
      .rows = {{.index = 0, .label = 0, .predicted = 0, .radius = largest, .correct = true}}};
  return default_radii(std::span(&log, 1));
}

TEST(DefaultRadii, AreQuartersInTheRangeThatPapersPrint) {
  EXPECT_THAT(radii_up_to(0.978), ElementsAre(0, 0.25, 0.5, 0.75));
  EXPECT_EQ(radii_up_to(3.91).size(), 16U);
}

TEST(DefaultRadii, StayFewWhateverTheLargestRadius) {
  for (const double largest : {0.0, 1e-9, 0.007, 0.03, 0.09, 0.3, 1.0, 19.0, 150.0, 1e4, 1e9}) {
    const std::vector<double> radii = radii_up_to(largest);
    EXPECT_EQ(radii.front(), 0) << largest;
    EXPECT_LE(radii.back(), largest) << largest;
    EXPECT_LE(radii.size(), 21U) << largest;
  }
}

}  // namespace
}  // namespace certify
