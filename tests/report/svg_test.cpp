#include "core/report/figures/svg.h"

#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/property_tree/xml_parser.hpp>

#include "core/base/errors.h"
#include "tests/report/example_logs.h"

namespace certify {
namespace {

using testing::HasSubstr;
using testing::Not;

/// What stands inside <svg>. @throws for what is not well-formed XML
boost::property_tree::ptree parsed(const std::string& svg) {
  std::istringstream in(svg);
  boost::property_tree::ptree tree;
  boost::property_tree::read_xml(in, tree);
  return tree.get_child("svg");
}

/// The `d` of the curves' paths, in the order of the logs.
std::vector<std::string> curve_paths(const std::string& svg) {
  const boost::property_tree::ptree content = parsed(svg);
  std::vector<std::string> paths;
  for (const auto& [name, node] : content) {
    if (name != "path" || node.get("<xmlattr>.stroke-width", "") != "2") continue;
    const auto d = node.get<std::string>("<xmlattr>.d");
    if (d.find('h') == std::string::npos) paths.push_back(d);  // not a sample in the legend
  }
  return paths;
}

TEST(CurveSvg, IsWellFormedAndNamesTitleAxesAndLogs) {
  const std::vector<RadiusLog> logs{example_log("s_0.25"), example_log("s_0.50", 50, 2)};
  const std::string svg = curve_svg(logs, {.title = "CIFAR-10"});
  EXPECT_NO_THROW(parsed(svg));
  EXPECT_THAT(svg, HasSubstr(">CIFAR-10<"));
  EXPECT_THAT(svg, HasSubstr("radius (in units of the [0,1] input)"));
  EXPECT_THAT(svg, HasSubstr("certified accuracy"));
  EXPECT_THAT(svg, HasSubstr("s_0.25"));
  EXPECT_THAT(svg, HasSubstr("50 images"));
}

TEST(CurveSvg, StepsDownFromCleanAccuracyAtEachRadius) {
  const RadiusLog log{
      .name = "x",
      .rows = {{.index = 0, .label = 1, .predicted = 1, .radius = 1, .correct = true},
               {.index = 1, .label = 1, .predicted = 1, .radius = 0.5, .correct = true},
               {.index = 2, .label = 1},
               {.index = 3, .label = 1}}};
  // A plot of 642 × 353.1 px from (58, 16) shows radii up to 1.04: half of it, a quarter, nothing.
  EXPECT_THAT(curve_paths(curve_svg(std::span(&log, 1))),
              testing::ElementsAre("M58 192.6H366.7V280.8H675.3V369.1"));
}

TEST(CurveSvg, GivesTheSameBytesForTheSameLogs) {
  const std::vector<RadiusLog> logs{example_log("a"), example_log("b")};
  EXPECT_EQ(curve_svg(logs), curve_svg(logs));
}

TEST(CurveSvg, EscapesWhatItIsGiven) {
  const RadiusLog log = example_log("<script>alert(\"x\")</script>&\x01");
  const std::string svg =
      curve_svg(std::span(&log, 1), {.title = "</text><b>", .x_label = "r < 1 & \xff"});
  EXPECT_NO_THROW(parsed(svg));
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
  EXPECT_THAT(svg, Not(HasSubstr("<b>")));
}

TEST(CurveSvg, ShortensLongNamesButTellsThemWhole) {
  const std::string name(300, 'n');
  const RadiusLog log = example_log(name);
  const std::string svg = curve_svg(std::span(&log, 1), {.title = "", .width = 320});
  EXPECT_THAT(svg, HasSubstr("…"));
  EXPECT_THAT(svg, HasSubstr("<title>" + name + "</title>"));
}

TEST(CurveSvg, DrawsSixteenLogsApart) {
  std::vector<RadiusLog> logs;
  for (int i = 0; i < 16; ++i) logs.push_back(example_log("s_" + std::to_string(i), 100, 1 + i));
  const std::string svg = curve_svg(logs);
  const boost::property_tree::ptree content = parsed(svg);
  std::set<std::pair<std::string, std::string>> looks;
  for (const auto& [name, node] : content) {
    if (name != "path" || node.get("<xmlattr>.stroke-width", "") != "2") continue;
    looks.emplace(node.get("<xmlattr>.stroke", ""), node.get("<xmlattr>.stroke-dasharray", ""));
  }
  EXPECT_EQ(looks.size(), 16U);
}

TEST(CurveSvg, StaysSmallForManyImages) {
  const RadiusLog log = example_log("many", 50000);
  EXPECT_LT(curve_svg(std::span(&log, 1)).size(), 120000U);
}

TEST(CurveSvg, DrawsLogsInWhichNothingIsCertifiedAndRadiiOfAnySize) {
  const RadiusLog none{.name = "none", .rows = {{.index = 0, .label = 1}}};
  EXPECT_NO_THROW(parsed(curve_svg(std::span(&none, 1))));
  for (const double largest : {1e-300, 1e-9, 0.01, 300.0, 1e12, 1e300}) {
    const RadiusLog log = example_log("x", 10, largest);
    const std::string svg = curve_svg(std::span(&log, 1));
    EXPECT_NO_THROW(parsed(svg)) << largest;
    EXPECT_THAT(svg, Not(HasSubstr("nan"))) << largest;
    EXPECT_THAT(svg, Not(HasSubstr("inf"))) << largest;
    EXPECT_LT(svg.size(), 20000U) << largest;
  }
}

TEST(CurveSvg, RefusesNoLogsAndWidthsThatCannotBeDrawn) {
  const RadiusLog log = example_log("x");
  EXPECT_THROW(curve_svg({}), InputError);
  EXPECT_THROW(curve_svg(std::span(&log, 1), {.title = "", .width = 100}), InputError);
  EXPECT_THROW(curve_svg(std::span(&log, 1), {.title = "", .width = 100000}), InputError);
}

}  // namespace
}  // namespace certify
