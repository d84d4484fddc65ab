#include "core/report/figures/distribution_svg.h"

#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/property_tree/xml_parser.hpp>

#include "core/base/errors.h"
#include "tests/report/example_logs.h"

namespace certify {
namespace {

using testing::HasSubstr;
using testing::Not;

/// @throws for what is not well-formed XML
void parse(const std::string& svg) {
  std::istringstream in(svg);
  boost::property_tree::ptree tree;
  boost::property_tree::read_xml(in, tree);
}

RadiusLog with_p_lower(RadiusLog log) {
  for (RadiusRow& row : log.rows) row.p_lower = row.predicted == kAbstain ? 0.3 : 0.97;
  return log;
}
std::string svg_of(const RadiusLog& log, const ChartOptions& options = {}) {
  return distribution_svg(std::span(&log, 1), options);
}
int count(const std::string& text, const std::string& what) {
  int found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

TEST(DistributionSvg, IsWellFormedAndNamesTitleAxesAndOutcomes) {
  const std::string svg = svg_of(with_p_lower(example_log("run")), {.title = "CIFAR-10"});
  EXPECT_NO_THROW(parse(svg));
  for (const char* text :
       {">CIFAR-10<", ">correct<", ">wrong<", ">abstained<", "share of images",
        "p_lower (lower bound on the class)", "radius (in units of the [0,1] input)"}) {
    EXPECT_THAT(svg, HasSubstr(text));
  }
}

TEST(DistributionSvg, TellsTheCountsOfABin) {
  // Ten images: one abstains (0), one is wrong (3), the others have radius (i + 1)/10.
  const std::string svg = svg_of(with_p_lower(example_log("run", 10)));
  EXPECT_THAT(svg, HasSubstr("<title>radius 0.4–0.45\n0 correct\n1 wrong\n0 abstained</title>"));
  EXPECT_THAT(svg, HasSubstr("<title>without a radius\n0 correct\n0 wrong\n1 abstained</title>"));
  EXPECT_THAT(svg, HasSubstr("<title>p_lower 0.95–1\n8 correct\n1 wrong\n0 abstained</title>"));
  EXPECT_THAT(svg, HasSubstr("<title>p_lower 0.3–0.35\n0 correct\n0 wrong\n1 abstained</title>"));
}

TEST(DistributionSvg, StacksSharesOfAllImages) {
  // Four of eight images correct at 0.5, two wrong there, two abstained. One panel, 642 px wide and
  // 190 high, from (58, 40): half of the images are two thirds of its height, as it shows 0.75.
  RadiusLog log{.name = "x"};
  for (int i = 0; i < 8; ++i) {
    RadiusRow row{.index = i, .label = 1, .predicted = i < 4 ? 1 : i < 6 ? 2 : kAbstain};
    row.correct = i < 4;
    row.radius = i < 6 ? 0.5 : 0;
    log.rows.push_back(row);
  }
  const std::string svg = svg_of(log);
  EXPECT_THAT(svg, HasSubstr("V103.3H"));                    // correct: 230 - 190 · 2/3
  EXPECT_THAT(svg, HasSubstr(" 103.3V40H"));                 // wrong, upon them
  EXPECT_THAT(svg, HasSubstr("M62.5 230V166.7H79.5V230Z"));  // abstained, before the zero
}

TEST(DistributionSvg, HasNoPanelOfPLowerWithoutIt) {
  EXPECT_THAT(svg_of(example_log("run")), Not(HasSubstr("p_lower")));
}

TEST(DistributionSvg, OfSeveralLogsHasARowEachAndNamesIt) {
  const std::vector<RadiusLog> logs{with_p_lower(example_log("s_0.25")), example_log("s_0.50")};
  const std::string svg = distribution_svg(logs);
  EXPECT_NO_THROW(parse(svg));
  EXPECT_THAT(svg, HasSubstr("s_0.25"));
  EXPECT_THAT(svg, HasSubstr("s_0.50"));
  EXPECT_EQ(count(svg, "class=\"axis\""), 3);  // p_lower of the first, radius of both
  EXPECT_EQ(count(svg, ">p_lower (lower bound"), 1);
  EXPECT_EQ(count(svg, "radius (in units of"), 1);
  // Below each other, where each panel has to say what it is of.
  EXPECT_EQ(count(distribution_svg(logs, {.title = "", .width = 340}), "radius (in units of"), 2);
  EXPECT_THAT(svg, HasSubstr("\n0 abstained\ns_0.25</title>"));
}

TEST(DistributionSvg, SaysHowManyRunsItHasNoRoomFor) {
  std::vector<RadiusLog> logs;
  for (std::size_t i = 0; i < kMostDistributions + 3; ++i) {
    logs.push_back(example_log(fmt::format("run {}", i), 20));
  }
  const std::string svg = distribution_svg(logs);
  EXPECT_EQ(count(svg, "class=\"axis\""), static_cast<int>(kMostDistributions));
  EXPECT_THAT(svg, HasSubstr(">and 3 more, not drawn<"));
}

TEST(DistributionSvg, EscapesNamesAndKeepsItsBytes) {
  const std::vector<RadiusLog> logs{example_log("<a & \"b\">"), example_log("c")};
  EXPECT_NO_THROW(parse(distribution_svg(logs, {.title = "<&>"})));
  EXPECT_EQ(distribution_svg(logs), distribution_svg(logs));
}

TEST(DistributionSvg, DrawsAbstentionsAlone) {
  const RadiusLog log{.name = "none", .rows = {{.index = 0, .label = 1}}};
  EXPECT_NO_THROW(parse(svg_of(log)));
  EXPECT_THAT(svg_of(log), HasSubstr("1 abstained"));
}

TEST(DistributionSvg, RefusesNoLogsAndWidthsThatAreNone) {
  EXPECT_THROW(distribution_svg({}), InputError);
  EXPECT_THROW(svg_of(example_log("run"), {.title = "", .width = 100}), InputError);
}

}  // namespace
}  // namespace certify
