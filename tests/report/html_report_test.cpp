#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/report/pages/image_table.h"
#include "core/report/pages/runs_report.h"
#include "tests/report/example_logs.h"

namespace certify {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

ReportedRun example_run(const std::string& method, double largest = 1) {
  ReportedRun run{example_log("model, σ = 0.25, " + method, 100, largest),
                  {{"σ", "0.25"}, {"α", "0.001"}, {"method", method}, {"model sha256", "abc123"}},
                  "same"};
  run.log.methods = {method};
  run.log.alpha = 0.001;
  run.class_names = {"circle", "square"};
  return run;
}

std::string page_of(const std::vector<ReportedRun>& runs) {
  return html_report(runs_report(runs, {.title = "shapes, σ = 0.25"}));
}

TEST(HtmlReport, ShowsCurveTableSettingsAndImages) {
  const std::string html = page_of({example_run("cohen")});
  EXPECT_THAT(html, HasSubstr("<h1>shapes, σ = 0.25</h1>"));
  EXPECT_THAT(html, HasSubstr("<svg "));
  EXPECT_THAT(html, HasSubstr("<b>100</b><span>images</span>"));
  EXPECT_THAT(html, HasSubstr("<td>78 of 100</td>"));
  EXPECT_THAT(html, HasSubstr("abc123"));
  EXPECT_THAT(html, HasSubstr("square"));
  EXPECT_THAT(html, HasSubstr("\"columns\":[[0,1,2,"));
}

TEST(HtmlReport, SaysWhatACertificateAndItsMethodMean) {
  const std::string html = page_of({example_run("cohen")});
  EXPECT_THAT(html, HasSubstr("1 − α (α = 0.001)"));
  EXPECT_THAT(html, HasSubstr("standard deviation σ = 0.25"));
  EXPECT_THAT(html, HasSubstr("Cohen, Rosenfeld"));
}

TEST(RunsReport, SaysOfWhichSmoothedClassifierAMethodSpeaks) {
  const std::string votes = "gives most often under Gaussian noise";
  const std::string scores = "whose score is the largest in the mean under Gaussian noise";
  const auto page = [](const std::vector<std::string>& methods) {
    std::vector<ReportedRun> runs;
    for (const std::string& method : methods) {
      runs.push_back({example_log(method, 50, 1)});
      runs.back().log.methods = {method};
    }
    return html_report(runs_report(runs, {.title = "t"}));
  };
  EXPECT_THAT(page({"cohen"}), AllOf(HasSubstr(votes), Not(HasSubstr(scores))));
  EXPECT_THAT(page({"soft-second-betting"}), AllOf(HasSubstr(scores), Not(HasSubstr(votes))));
  EXPECT_THAT(page({"cohen", "soft-second-betting"}), AllOf(HasSubstr(votes), HasSubstr(scores)));
}

TEST(HtmlReport, NeedsNothingFromElsewhere) {
  const std::string html = page_of({example_run("cohen")});
  // A namespace is a name, not an address to load.
  const std::string name_space = "xmlns=\"http://www.w3.org/2000/svg\"";
  std::string rest = html;
  for (auto at = rest.find(name_space); at != std::string::npos; at = rest.find(name_space)) {
    rest.erase(at, name_space.size());
  }
  EXPECT_THAT(rest, Not(HasSubstr("http:")));
  EXPECT_THAT(rest, Not(HasSubstr("https:")));
  EXPECT_THAT(html, Not(HasSubstr("src=")));
  EXPECT_THAT(html, Not(HasSubstr("@import")));
  EXPECT_THAT(html, Not(HasSubstr("url(")));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
}

TEST(HtmlReport, EscapesAllThatIsHandedIn) {
  const std::string evil = "</script></td></title><script>alert(1)</script>\"'";
  ReportedRun run = example_run("cohen"), other = example_run(evil);
  run.log.name = evil;
  run.settings.emplace_back(evil, evil);
  run.warnings = run.findings = run.class_names = {evil};
  run.log.unit = evil;
  run.attacks.push_back(example_log(evil));
  run.attacks[0].attack = true;
  Report report = runs_report(std::vector{run, other}, {.title = evil});
  report.description = evil;
  EXPECT_THAT(html_report(report), Not(HasSubstr("<script>alert")));
}

TEST(HtmlReport, ShowsWarningsAndFindings) {
  ReportedRun run = example_run("cohen");
  run.warnings = {"accuracy is at chance level"};
  run.findings = {"image 3 claims too much"};
  const std::string html = page_of({run});
  EXPECT_THAT(html, HasSubstr("<p class=\"warning\" role=\"alert\">accuracy is at chance level"));
  EXPECT_THAT(html, HasSubstr("<p class=\"finding\" role=\"alert\">image 3 claims too much"));
}

TEST(HtmlReport, WithoutRunsIsStillAPage) {
  EXPECT_THAT(html_report(Report()), HasSubstr("<h1></h1>"));
}

TEST(HtmlReport, GivesTheSameBytesForTheSameRuns) {
  const std::vector<ReportedRun> runs{example_run("cohen"), example_run("li")};
  EXPECT_EQ(page_of(runs), page_of(runs));
}

TEST(RunsReport, MarksTheBestAndTellsTheGainOverCohen) {
  const std::vector<ReportedRun> runs{example_run("cohen"), example_run("two-sided", 2)};
  const Report report = runs_report(runs, {.title = "t", .radii = {0, 1.5}});
  ASSERT_EQ(report.outputs.size(), 4U);
  EXPECT_EQ(report.outputs[0].name, "curve");
  const MarkedTable& accuracy = report.outputs[1].table;
  // 10 of 100 images have the radii 2, 1.98, 1.96, … of the correct: see the log's own share.
  const std::string carried = carried_share(CertifiedAccuracy(runs[1].log), Rounding::kDown);
  EXPECT_THAT(accuracy.table.rows[1],
              ElementsAre(runs[1].log.name, "0.780", "0.220", "0.797", carried));
  EXPECT_THAT(report.outputs[1].caption, HasSubstr("arXiv 2410.06895"));
  EXPECT_TRUE(accuracy.is_best(1, 2));
  EXPECT_TRUE(accuracy.is_best(0, 1));  // a tie
  EXPECT_FALSE(accuracy.is_best(0, 2));
  EXPECT_EQ(report.outputs[2].name, "gain");
  EXPECT_THAT(report.outputs[2].table.table.rows,
              ElementsAre(ElementsAre("model, σ = 0.25, two-sided over model, σ = 0.25, cohen",
                                      "+0.000", "+0.220", "+0.398")));
  EXPECT_EQ(report.outputs[3].name, "distribution");
}

TEST(RunsReport, HasTheBoundUnderEachAccuracy) {
  const std::vector<ReportedRun> runs{example_run("cohen"), {example_log("theirs")}};
  const Report report = runs_report(runs, {.title = "t", .radii = {0}});
  const MarkedTable& accuracy = report.outputs[1].table;
  EXPECT_EQ(accuracy.table.rows[0][1], "0.780");
  // 78 of 100 at alpha = rho = 0.001: P[Bin(25, 0.001) >= 3] = 2.2e-6, P[Bin(24, 0.001) >= 2]
  // = 2.7e-4, P[Bin(23, 0.001) >= 1] = 0.023, so that 77 are good.
  EXPECT_EQ(accuracy.bound(0, 1), "0.770");
  EXPECT_EQ(accuracy.bound(1, 1), "");
  EXPECT_THAT(html_report(report), HasSubstr("<td><b>0.780</b><small>≥ 0.770</small></td>"));
  EXPECT_THAT(report.outputs[1].caption, HasSubstr("probability 0.999"));
  EXPECT_THAT(runs_report(runs, {.title = "t", .rho = 0}).outputs[1].table.bound(0, 1), "");
}

TEST(RunsReport, OfOneRunTellsWhatCarriesTheAverageAndWhy) {
  const std::string html = page_of({example_run("cohen")});
  EXPECT_THAT(html, HasSubstr("<span>top 10 % carry (of the ACR)</span>"));
  EXPECT_THAT(html, HasSubstr("easy images dominate a mean of radii"));
  ReportedRun nothing = example_run("cohen");
  for (RadiusRow& row : nothing.log.rows) row.radius = 0;
  EXPECT_THAT(page_of({nothing}), Not(HasSubstr("carry (of the ACR)")));
}

TEST(RunsReport, SaysWhereItRoundsToTheNearest) {
  // The average radius is 0.3989.
  const std::string nearest = html_report(runs_report(
      std::vector{example_run("cohen")}, {.title = "t", .rounding = Rounding::kNearest}));
  EXPECT_THAT(nearest, HasSubstr("may exceed what is proven"));
  EXPECT_THAT(nearest, HasSubstr("<b>0.399</b><span>average radius (ACR)"));
  EXPECT_THAT(nearest, HasSubstr(", ACR 0.399"));
  const std::string down = page_of({example_run("cohen")});
  EXPECT_THAT(down, Not(HasSubstr("may exceed what is proven")));
  EXPECT_THAT(down, HasSubstr("<b>0.398</b><span>average radius (ACR)"));
}

TEST(RunsReport, RunsThatDifferInMoreThanTheMethodHaveNoGainOverEachOther) {
  ReportedRun other = example_run("two-sided");
  other.comparable = "another sigma";
  for (const ReportOutput& output :
       runs_report(std::vector{example_run("cohen"), other}, {}).outputs) {
    EXPECT_NE(output.name, "gain");
  }
}

TEST(RunsReport, ARunThatIsNamedIsTheBaselineOfAllOnItsImages) {
  std::vector<ReportedRun> runs{{example_log("theirs")}, {example_log("ours", 100, 2)}};
  const Report report = runs_report(runs, {.title = "t", .radii = {1.5}, .baseline = "theirs"});
  ASSERT_EQ(report.outputs.size(), 4U);
  EXPECT_THAT(report.outputs[2].table.table.rows[0],
              ElementsAre("ours over theirs", "+0.220", "+0.398"));
  EXPECT_THROW(runs_report(runs, {.title = "t", .baseline = "nobody"}), InputError);
}

TEST(RunsReport, OtherProgramsLogsHaveNoBandsAndNoPromises) {
  const std::vector<ReportedRun> runs{{example_log("theirs")}};
  const Report report = runs_report(runs, {.title = "t"});
  EXPECT_THAT(report.outputs[1].table.table.header,
              ElementsAre("radius", "certified accuracy", "images"));
  EXPECT_THAT(html_report(report), Not(HasSubstr("fill-opacity=\"0.22\"")));
}

TEST(RunsReport, PutsWhatAllRunsShareUnderSettingsAndTheRestBesideThem) {
  const Report report = runs_report(std::vector{example_run("cohen"), example_run("li")}, {});
  EXPECT_THAT(report.runs.table.header, ElementsAre("run", "images", "correct", "abstained", "ACR",
                                                    "top 10 % carry", "method"));
  EXPECT_THAT(report.settings, testing::Contains(testing::Pair("σ", "0.25")));
}

TEST(RunsReport, PutsMuchThatDiffersUnderEachRun) {
  ReportedRun run = example_run("cohen");
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) run.settings.emplace_back(name, "1");
  const Report report = runs_report(std::vector{run, {example_log("theirs")}}, {});
  EXPECT_EQ(report.runs.table.header.size(), 6U);
  ASSERT_EQ(report.settings_by_run.size(), 2U);
  EXPECT_EQ(report.settings_by_run[0].second.size(), 10U);
  EXPECT_TRUE(report.settings_by_run[1].second.empty());
}

TEST(ImageTable, IsJsonWithColumnsOfEqualLengthAndRadiiRoundedDown) {
  RadiusLog log = example_log("run </script>", 3);
  log.rows[1].radius = 0.12999;
  const std::vector<ReportImages> runs{{"</script>", log.rows}};
  const std::string text = image_data(runs, {"a\xff"});
  EXPECT_THAT(text, Not(HasSubstr("<")));
  const auto data = nlohmann::json::parse(text);
  EXPECT_EQ(data["runs"][0]["name"], "</script>");
  const auto column = [&](const char* name) {
    return data["columns"].at(data["runs"][0][name].get<std::size_t>()).dump();
  };
  EXPECT_EQ(column("radius"), "[0.0,0.129,1.0]");
  EXPECT_EQ(column("predicted"), "[-1,1,2]");
  EXPECT_FALSE(data["runs"][0].contains("n_top"));  // the log does not say
  EXPECT_FALSE(data["runs"][0].contains("seconds"));
}

TEST(ImageTable, StoresAColumnThatRunsShareOnce) {
  const RadiusLog log = example_log("run", 5);
  const std::vector<ReportImages> runs(3, {"run", log.rows});
  const auto data = nlohmann::json::parse(image_data(runs, {}));
  EXPECT_EQ(data["runs"].size(), 3U);
  EXPECT_EQ(data["columns"].size(), 3U);  // index and label are the same, too
}

TEST(ImageTable, LeavesOutRunsThatWouldMakeThePageTooLargeAndSaysSo) {
  const std::vector<ReportImages> runs(
      3, {"run", std::vector<RadiusRow>(kMostImageRows / 2, RadiusRow{})});
  EXPECT_THAT(image_table(runs, {}), HasSubstr("The images of 1 of 3 runs are left out"));
}

}  // namespace
}  // namespace certify
