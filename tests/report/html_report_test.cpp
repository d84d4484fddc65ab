#include "core/report/pages/html_report.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/report/logs/cohen_log.h"

namespace certify {
namespace {

using testing::HasSubstr;
using testing::Not;

RunReport example_report() {
  RunReport report{.title = "shapes, σ = 0.25"};
  report.settings = {{"n", "1000"}, {"model", "shapes_sigma0.25.pt"}};
  report.class_names = {"circle", "square"};
  report.log.name = "run";
  for (int i = 0; i < 40; ++i) {
    Certificate c;
    c.index = i;
    c.label = i % 3;
    c.predicted = i % 8 == 0 ? kAbstain : i % 3;
    c.radius = c.abstained() ? 0 : 0.02 * i;
    c.n_top = 500 + i;
    c.n = 1000;
    c.alpha = 0.001;
    c.sigma = 0.25;
    c.method = "cohen";
    c.seconds = i == 17 ? 99.5 : 1;
    report.certificates.push_back(c);
    report.log.rows.push_back(to_radius_row(c));
  }
  return report;
}

TEST(HtmlReport, ShowsCurveTableSettingsAndImages) {
  const std::string html = html_report(example_report());
  EXPECT_THAT(html, HasSubstr("<h1>shapes, σ = 0.25</h1>"));
  EXPECT_THAT(html, HasSubstr("<svg "));
  EXPECT_THAT(html, HasSubstr("35 of 40"));
  EXPECT_THAT(html, HasSubstr("shapes_sigma0.25.pt"));
  EXPECT_THAT(html, HasSubstr("<td>32</td><td class=\"text\">class 2</td><td>532</td>"));
  EXPECT_THAT(html, HasSubstr("<td>17</td><td class=\"text\">class 2</td>"));  // the slowest
  EXPECT_THAT(html, HasSubstr("square"));
}

TEST(HtmlReport, SaysWhatACertificateMeansWithTheRunsAlphaAndSigma) {
  const std::string html = html_report(example_report());
  EXPECT_THAT(html, HasSubstr("1 − α (α = 0.001)"));
  EXPECT_THAT(html, HasSubstr("standard deviation σ = 0.25"));
}

TEST(HtmlReport, NeedsNothingFromElsewhere) {
  const std::string html = html_report(example_report());
  // A namespace is a name, not an address to load.
  const std::string name_space = "xmlns=\"http://www.w3.org/2000/svg\"";
  std::string rest = html;
  for (auto at = rest.find(name_space); at != std::string::npos; at = rest.find(name_space)) {
    rest.erase(at, name_space.size());
  }
  EXPECT_THAT(rest, Not(HasSubstr("http")));
  EXPECT_THAT(html, Not(HasSubstr("src=")));
  EXPECT_THAT(html, Not(HasSubstr("@import")));
  EXPECT_THAT(html, Not(HasSubstr("url(")));
}

TEST(HtmlReport, EscapesAllThatIsHandedIn) {
  RunReport report = example_report();
  const std::string evil = "</td></title><script>alert(1)</script>";
  report.title = evil;
  report.settings.emplace_back(evil, evil);
  report.log.name = evil;
  report.warnings.push_back(evil);
  report.class_names = {evil, evil, evil};
  EXPECT_THAT(html_report(report), Not(HasSubstr("<script")));
}

TEST(HtmlReport, ShowsWarnings) {
  RunReport report = example_report();
  report.warnings.push_back("accuracy is at chance level");
  EXPECT_THAT(html_report(report), HasSubstr("accuracy is at chance level"));
}

TEST(HtmlReport, PromisesNothingOfAnUnsoundMethod) {
  RunReport report = example_report();
  EXPECT_THAT(html_report(report), Not(HasSubstr("NOT A CERTIFICATE")));
  report.log.unsound = true;
  const std::string html = html_report(report);
  EXPECT_THAT(html, HasSubstr("<p class=\"unsound\" role=\"alert\">NOT A CERTIFICATE"));
  EXPECT_THAT(html, HasSubstr("Certified accuracy (NOT A CERTIFICATE)"));
  EXPECT_THAT(html, Not(HasSubstr("With probability at least")));
}

TEST(HtmlReport, OfARunWithoutImagesSaysSo) {
  EXPECT_THAT(
      html_report(
          {.title = "new", .settings = {}, .certificates = {}, .warnings = {}, .class_names = {}}),
      HasSubstr("No image has been certified yet."));
}

TEST(HtmlReport, ListsAtMostAHundredAbstentionsAndSaysOfHowMany) {
  RunReport report = example_report();
  for (int i = 40; i < 300; ++i) {
    report.certificates.emplace_back().index = i;
    report.log.rows.push_back(to_radius_row(report.certificates.back()));
  }
  EXPECT_THAT(html_report(report), HasSubstr("The first 100 of 265"));
}

TEST(HtmlReport, GivesTheSameBytesForTheSameRun) {
  EXPECT_EQ(html_report(example_report()), html_report(example_report()));
}

}  // namespace
}  // namespace certify
