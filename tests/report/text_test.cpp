#include "core/report/tables/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace certify {
namespace {

using testing::ElementsAre;

TEST(Text, WidthCountsCodePoints) {
  EXPECT_EQ(display_width(""), 0U);
  EXPECT_EQ(display_width("sigma"), 5U);
  EXPECT_EQ(display_width("σ = ½ ≥ ℓ2"), 10U);
}

TEST(Text, ShorteningKeepsBothEndsAndWholeCharacters) {
  EXPECT_EQ(shortened("sigma", 5), "sigma");
  EXPECT_EQ(shortened("noise_0.25_sigma_0.25", 11), "noise…_0.25");
  EXPECT_EQ(shortened("σσσσσσσσ", 5), "σσ…σσ");
  EXPECT_EQ(display_width(shortened("σσσσσσσσ", 4)), 4U);
}

TEST(Text, EscapesWhatMarkupWouldTakeForItsOwn) {
  EXPECT_EQ(escaped("a<b> & \"c\" 'd'"), "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
  EXPECT_EQ(escaped("σ ≥ ½\n\t𝜎"), "σ ≥ ½\n\t𝜎");
}

TEST(Text, ReplacesWhatXmlCannotHold) {
  for (const std::string& bad : {std::string("\0", 1), std::string("\x1b"), std::string("\xff"),
                                 std::string("\xc3"), std::string("\x80"), std::string("\xc0")}) {
    EXPECT_EQ(escaped("a" + bad + "b"), "a\uFFFDb");
  }
  EXPECT_EQ(escaped("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(escaped("\xef\xbf\xbf"), "\uFFFD\uFFFD\uFFFD");  // U+FFFF
}

TEST(Text, SharesAreNeverRoundedUp) {
  EXPECT_EQ(share_rounded_down(374, 500), "0.748");
  EXPECT_EQ(share_rounded_down(6999, 10000), "0.699");
  EXPECT_EQ(share_rounded_down(2, 3), "0.666");
  EXPECT_EQ(share_rounded_down(0, 3), "0.000");
  EXPECT_EQ(share_rounded_down(3, 3), "1.000");
}

TEST(RoundedDown, IsNeverMore) {
  EXPECT_EQ(rounded_down(1.2349), "1.234");
  EXPECT_EQ(rounded_down(-1.2341), "-1.235");
  EXPECT_EQ(rounded_down(0.3), "0.300");
  EXPECT_EQ(rounded_down(-HUGE_VAL), "-inf");
}

TEST(Rounding, IsDownOrToTheNearestAsPythonPrints) {
  EXPECT_EQ(rounded_share(2, 3, Rounding::kDown), "0.666");
  EXPECT_EQ(rounded_share(2, 3, Rounding::kNearest), "0.667");
  EXPECT_EQ(rounded_share(1, 16, Rounding::kNearest), "0.062");
  EXPECT_EQ(rounded_share(3, 3, Rounding::kNearest), "1.000");
  EXPECT_EQ(rounded(1.2346, Rounding::kDown), "1.234");
  EXPECT_EQ(rounded(1.2346, Rounding::kNearest), "1.235");
  EXPECT_EQ(rounded(-0.0001, Rounding::kDown), "-0.001");
  EXPECT_EQ(rounded(-0.0001, Rounding::kNearest), "0.000");
  EXPECT_EQ(rounded(-HUGE_VAL, Rounding::kNearest), "-inf");
  EXPECT_EQ(rounded_share(-0.2, Rounding::kDown), "0.000");
  EXPECT_EQ(rounded_share(-0.2, Rounding::kNearest), "0.000");
}

TEST(Rounding, SaysWhatItDoes) {
  EXPECT_STREQ(rounding_note(Rounding::kDown), "Rounded down.");
  EXPECT_STREQ(rounding_note(Rounding::kNearest),
               "Rounded to the nearest, as papers print; may exceed what is proven.");
}

TEST(Text, DecimalsAreThoseOfTheNumberThatNeedsMost) {
  EXPECT_THAT(aligned_decimals(std::vector<double>{0, 0.25, 1.5}),
              ElementsAre("0.00", "0.25", "1.50"));
  EXPECT_THAT(aligned_decimals(std::vector<double>{0, 10, 100}), ElementsAre("0", "10", "100"));
}

std::vector<std::string> names_of(const std::vector<std::string>& names) {
  std::vector<RadiusLog> logs;
  for (const std::string& name : names) logs.push_back({.name = name});
  return short_names(logs);
}

TEST(Text, ShortNamesKeepWhatTellsLogsApartAndTheWordBefore) {
  EXPECT_THAT(names_of({"cifar10_resnet110_noise_0.25_test", "cifar10_resnet110_noise_0.50_test"}),
              ElementsAre("noise_0.25", "noise_0.50"));
  EXPECT_THAT(names_of({"shapes-s0.25", "shapes-s0.5"}),
              ElementsAre("shapes-s0.25", "shapes-s0.5"));
  EXPECT_THAT(names_of({"one"}), ElementsAre("one"));
  EXPECT_THAT(names_of({"a_b_c"}), ElementsAre("a_b_c"));
}

TEST(Text, ShortNamesKeepWhatAValueIsOf) {
  EXPECT_THAT(names_of({"net, σ = 0.12, cohen", "net, σ = 0.25, cohen"}),
              ElementsAre("σ = 0.12", "σ = 0.25"));
}

TEST(Text, ShortNamesSurviveNamesThatContainEachOther) {
  EXPECT_THAT(names_of({"run", "run"}), ElementsAre("run", "run"));
  EXPECT_THAT(names_of({"a_run", "a_run_run"}), ElementsAre("a_run", "a_run_run"));
  EXPECT_THAT(names_of({"", "x"}), ElementsAre("", "x"));
  EXPECT_THAT(names_of({"x_y", "x_y_"}), ElementsAre("x_y", "x_y_"));
}

}  // namespace
}  // namespace certify
