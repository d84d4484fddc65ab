// `certify report` on runs, folders of recertify and logs. Its page in a browser: tests/browser.

#include <algorithm>
#include <filesystem>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/files.h"
#include "core/runs/run_folder.h"
#include "core/sigma_map/sigma_map.h"
#include "tests/runs/example_run.h"
#include "tests/support/certify_process.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ReportCommand : public testing::Test {
 protected:
  static constexpr std::int64_t kImages = 6;

  ReportCommand() { make_run("R", "again"); }

  /// A run, and a folder of two methods on its samples.
  void make_run(const std::string& name, const std::string& again, const SigmaMap* map = nullptr) {
    Manifest manifest = example_manifest(kImages);
    if (map != nullptr) {
      manifest.settings.sigma = map->smallest;
      manifest.settings.sigma_map = map->sha256;
    }
    {
      RunFolder run(folder_ / name, manifest, example_indices(kImages), false, map);
      for (const std::int64_t index : example_indices(kImages)) run.append(example_samples(index));
      run.close("complete", 1);
    }
    finish({"recertify", name, "--method", "cohen,two-sided", "--out", again});
    fs::copy_file(folder_ / again / "certificates-cohen.tsv", folder_ / name / "certificates.tsv");
  }
  SigmaMap map_of(double sigma) {
    const ImageShape shape = example_settings().shape;
    std::vector<double> values(static_cast<std::size_t>(shape.size()), sigma);
    values[0] = 0.1;
    return make_sigma_map(shape, std::move(values));
  }

  ProcessResult run(const std::vector<std::string>& arguments) {
    return run_certify(arguments, {folder_.path(), {}});
  }
  ProcessResult finish(const std::vector<std::string>& arguments) {
    ProcessResult result = run(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result;
  }
  std::string read(const std::string& name) { return read_file(folder_ / name); }
  void replace(const std::string& name, const std::string& what, const std::string& by) {
    std::string text = read(name);
    const auto at = text.find(what);
    ASSERT_NE(at, std::string::npos);
    replace_file(folder_ / name, text.replace(at, what.size(), by));
  }

  TemporaryFolder folder_;
};

TEST_F(ReportCommand, OfARunLiesInItsFolderWithItsFigureAndData) {
  EXPECT_EQ(finish({"report", "R"}).out, "R/report.html\n");
  EXPECT_THAT(read("R/report.html"),
              AllOf(HasSubstr("<h1>shapes test: 6 images, every 20th from 0</h1>"),
                    HasSubstr("6 rows checked: none claims too much"), HasSubstr("model sha256"),
                    HasSubstr("samples sha256"), Not(HasSubstr("class=\"finding\""))));
  EXPECT_THAT(read("R/curve.tsv"), HasSubstr("radius\taccuracy\tat_least\n"));
  EXPECT_THAT(read("R/curve.svg"), HasSubstr("shapes test: 6 images"));
  EXPECT_THAT(read("R/accuracy.tsv"),
              HasSubstr("radius\tcertified accuracy\timages\ttheorem 5\texact\n"));
}

TEST_F(ReportCommand, ColumnsThatHoldWithAnotherProbabilitySaySo) {
  finish({"report", "R", "--rho", "0.05"});
  EXPECT_THAT(read("R/curve.tsv"), StartsWith("radius\taccuracy\tat_least_rho_0.05\n"));
  EXPECT_THAT(read("R/accuracy.tsv"), HasSubstr("\ttheorem 5_rho_0.05\texact_rho_0.05\n"));
  finish({"verify", "R"});
}

TEST_F(ReportCommand, OfSeveralPathsComparesThemInTheFormatsAskedFor) {
  finish({"report", "R", "again", "--out", "page", "--latex", "--markdown", "--csv", "--radii",
          "0,0.1"});
  for (const char* file :
       {"page/accuracy.md", "page/accuracy.tex", "page/accuracy.csv", "page/gain.tex",
        "page/distribution.tsv", "page/distribution.svg", "page/curve.svg"}) {
    EXPECT_TRUE(fs::exists(folder_ / file)) << file;
  }
  EXPECT_THAT(read("page/accuracy.csv"),
              HasSubstr("radius ≥,0.0,0.1,ACR,top 10 % carry,at_least 0.0,at_least 0.1\r\n"));
  EXPECT_THAT(read("page/report.html"), HasSubstr("Certified robustness of 2 runs"));
}

TEST_F(ReportCommand, ShowsHowTheImagesAreDistributed) {
  finish({"report", "R"});
  EXPECT_THAT(read("R/report.html"), HasSubstr("<section id=\"distribution\">"));
  EXPECT_THAT(read("R/distribution.svg"), AllOf(HasSubstr("p_lower (lower bound on the class)"),
                                                HasSubstr("radius (in units of the [0,1] input)")));
  EXPECT_THAT(read("R/distribution.tsv"),
              AllOf(StartsWith("number\tfrom\tto\tcorrect\twrong\tabstained\np_lower\t0\t0.05\t"),
                    HasSubstr("\nradius\t0\t")));
  finish({"verify", "R"});
  folder_.write("theirs.tsv", "idx\tlabel\tpredict\tradius\tcorrect\ttime\n0\t3\t3\t0.4\t1\t1.5\n");
  finish({"report", "R", "theirs.tsv", "--out", "page"});
  EXPECT_THAT(read("page/distribution.tsv"),
              AllOf(HasSubstr("\ntheirs\tradius\t"), Not(HasSubstr("theirs\tp_lower"))));
}

TEST_F(ReportCommand, RoundsToTheNearestBesideARunAndNeverInItsFolder) {
  for (const std::vector<std::string>& inside : {std::vector<std::string>{"R"},
                                                 {"R", "again", "--out", "R"},
                                                 {"again", "--out", "./again"},
                                                 {"R/certificates.tsv", "--out", "R"}}) {
    std::vector<std::string> arguments{"report", "--nearest"};
    arguments.insert(arguments.end(), inside.begin(), inside.end());
    const auto refused = run(arguments);
    EXPECT_EQ(refused.exit_code, 64) << inside[0];
    EXPECT_THAT(refused.err, HasSubstr("--nearest: ")) << inside[0];
  }
  // Two of three correct: 0.666… of each log.
  folder_.write(
      "theirs.tsv",
      "idx\tlabel\tpredict\tradius\tcorrect\n0\t3\t3\t0.4\t1\n1\t3\t3\t0.4\t1\n2\t3\t2\t0.4\t0\n");
  finish({"report", "theirs.tsv", "--nearest", "--radii", "0"});
  EXPECT_THAT(read("report/accuracy.tsv"), HasSubstr("0\t0.667\t2 of 3"));
  EXPECT_THAT(read("report/report.html"), HasSubstr("may exceed what is proven"));
  finish({"report", "theirs.tsv", "R", "--out", "page", "--nearest", "--radii", "0"});
  EXPECT_THAT(read("page/accuracy.tsv"), HasSubstr("theirs [A]\t0.667\t0.267\t0.500\t"));
}

TEST_F(ReportCommand, ARowThatClaimsTooMuchIsTheFirstThingToBeRead) {
  std::string rows = read("R/certificates.tsv");
  const auto second = rows.find('\n') + 1;
  auto field = second;
  for (int i = 0; i < 6; ++i) field = rows.find('\t', field) + 1;
  rows.replace(field, rows.find('\t', field) - field, "0.9");
  replace_file(folder_ / "R/certificates.tsv", rows);
  const auto result = run({"report", "R"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("claims too much"));
  EXPECT_THAT(read("R/report.html"), AllOf(HasSubstr("<p class=\"finding\" role=\"alert\">"),
                                           HasSubstr("CLAIM TOO MUCH")));
  finish({"report", "R", "--no-verify"});
  EXPECT_THAT(read("R/report.html"),
              AllOf(Not(HasSubstr("CLAIM TOO MUCH")), HasSubstr("no (--no-verify)")));
}

TEST_F(ReportCommand, AnAttackIsDrawnBesideTheCertificates) {
  folder_.write("R/attack.tsv",
                "idx\tlabel\tpredict\tradius\tcorrect\tattack_radius\tattack_predict\n"
                "0\t0\t0\t0.1\t1\t0.4\t1\n20\t1\t-1\t0.0\t0\t0\t-1\n");
  finish({"report", "R"});
  EXPECT_THAT(read("R/report.html"), AllOf(HasSubstr(", under attack"), HasSubstr("upper bound")));
  EXPECT_THAT(read("R/curve.tsv"),
              AllOf(StartsWith("radius\taccuracy\tat_least\n"), Not(HasSubstr("attack"))));
  EXPECT_THAT(read("R/accuracy.tsv"), Not(HasSubstr("attack")));
}

TEST_F(ReportCommand, OfRunsWithMapsOfSigmaDrawsAreasBesideTheOneWithOneSigmaAndTheBest) {
  const SigmaMap narrow = map_of(0.2), wide = map_of(0.4);
  make_run("M", "M-again", &narrow);
  make_run("W", "W-again", &wide);
  finish({"report", "R", "M", "W", "--out", "page"});
  EXPECT_THAT(read("page/report.html"),
              AllOf(HasSubstr("<section id=\"areas\">"), HasSubstr("<section id=\"blanket\">"),
                    HasSubstr("<th>mean log area</th>")));
  EXPECT_THAT(read("page/areas.svg"), HasSubstr("log certified area"));
  EXPECT_THAT(read("page/areas.tsv"), StartsWith("run\tlog_area\taccuracy\tat_least\n"));
  EXPECT_THAT(read("page/blanket.svg"), HasSubstr(">clean accuracy<"));
  EXPECT_THAT(read("page/blanket.tsv"), AllOf(HasSubstr("isotropic\t"), HasSubstr("maps\t")));
  finish({"report", "M"});
  EXPECT_THAT(read("M/report.html"), HasSubstr("mean log certified area"));
  EXPECT_TRUE(fs::exists(folder_ / "M/areas.tsv"));
  finish({"report", "M-again"});
  EXPECT_TRUE(fs::exists(folder_ / "M-again/areas.tsv"));
  EXPECT_FALSE(fs::exists(folder_ / "M-again/blanket.tsv"));
}

TEST_F(ReportCommand, RadiiInOtherNormsHaveAFigureEach) {
  std::string radii = "idx\tlabel\tpredict\tradius_l2\tradius_l1\tradius_linf\tradius_R\tcorrect\n";
  for (int i = 0; i < kImages; ++i) {
    radii += fmt::format("{}\t{}\t{}\t0.1\t0.25\t0.001\t0.125\t1\n", 20 * i, i % 3, i % 3);
  }
  folder_.write("R/radii.tsv", radii);
  finish({"report", "R"});
  EXPECT_THAT(read("R/curve_l1.tsv"), HasSubstr("\n0.25\t1\t"));
  EXPECT_THAT(read("R/curve_linf.tsv"), HasSubstr("\n0.001\t1\t"));
  EXPECT_THAT(read("R/curve_parts.tsv"), HasSubstr("\n0.125\t1\t"));
  EXPECT_THAT(read("R/curve_l1.svg"), HasSubstr("ℓ<tspan"));
  EXPECT_THAT(read("R/report.html"), HasSubstr("<section id=\"curve_parts\">"));
}

TEST_F(ReportCommand, RadiiThatTheRunHasOutgrownAreLeftOutAndItSaysSo) {
  folder_.write("R/radii.tsv", "idx\tlabel\tpredict\tradius_l1\tcorrect\n0\t0\t0\t0.25\t1\n");
  finish({"report", "R"});
  EXPECT_THAT(read("R/report.html"),
              AllOf(HasSubstr("radii.tsv is not about the images of the rows"),
                    Not(HasSubstr("curve_l1"))));
}

TEST_F(ReportCommand, OtherProgramsLogsAreEnoughAndAlphaBringsTheirBand) {
  folder_.write("theirs.tsv", "idx\tlabel\tpredict\tradius\tcorrect\ttime\n0\t3\t3\t0.4\t1\t1.5\n");
  EXPECT_EQ(finish({"report", "theirs.tsv"}).out, "report/report.html\n");
  EXPECT_THAT(read("report/curve.tsv"), Not(HasSubstr("at_least")));
  finish({"report", "theirs.tsv", "--alpha", "0.001"});
  EXPECT_THAT(read("report/curve.tsv"), HasSubstr("at_least"));
}

TEST_F(ReportCommand, OfAnotherColumnSaysWhichAndNotThatItIsAnL2Radius) {
  folder_.write("theirs.tsv",
                "idx\tlabel\tpredict\tradius_L1\tradius_L2\tcorrect\n0\t1\t1\t0.7\t-0.4\t1\n");
  finish({"report", "theirs.tsv", "--radius-column", "radius_L1", "--radii", "0.5"});
  EXPECT_THAT(read("report/accuracy.tsv"), HasSubstr("0.5\t1.000\t1 of 1"));
  EXPECT_THAT(read("report/report.html"),
              AllOf(HasSubstr(">radius_L1 (in the units of the log)</text>"),
                    HasSubstr("The values here are: radius_L1 (in the units of the log)"),
                    Not(HasSubstr("ℓ<sub>2</sub> radius"))));
  finish({"report", "theirs.tsv", "--radius-column", "radius_L2"});
  EXPECT_THAT(read("report/report.html"), HasSubstr("1 image(s) with a negative or infinite"));
}

TEST_F(ReportCommand, OfADeclaredUnitSpeaksOfNoRadiusAndNoAcr) {
  const std::string rows = "0\t3\t3\t0.4\t1\t1.5\n1\t3\t3\t0.2\t1\t1.5\n";
  folder_.write("a.tsv", "idx\tlabel\tpredict\tradius\tcorrect\ttime\n" + rows);
  folder_.write("b.tsv", "idx\tlabel\tpredict\tradius\tcorrect\ttime\n" + rows);
  finish({"report", "a.tsv", "b.tsv", "--unit", "blur", "--baseline", "b", "--alpha", "0.001",
          "--csv"});
  EXPECT_THAT(read("report/accuracy.csv"),
              AllOf(StartsWith("blur ≥,"), HasSubstr(",mean blur,at_least 0.00,"),
                    Not(HasSubstr("carry"))));
  EXPECT_THAT(read("report/gain.csv"), HasSubstr(",mean blur\r\n"));
  EXPECT_THAT(read("report/distribution.tsv"),
              AllOf(HasSubstr("a\tblur\t0\t"), Not(HasSubstr("radius"))));
  EXPECT_THAT(read("report/distribution.svg"),
              AllOf(HasSubstr(">blur<"), Not(HasSubstr("radius"))));
  EXPECT_THAT(read("report/curve.tsv"), StartsWith("run\tblur\taccuracy\tat_least\n"));
  finish({"report", "a.tsv", "--unit", "blur", "--out", "one"});
  EXPECT_THAT(read("one/report.html"), HasSubstr("<b>0.300</b><span>mean blur</span>"));
  for (const char* file : {"report/report.html", "one/report.html", "report/curve.svg"}) {
    EXPECT_THAT(read(file), AllOf(HasSubstr("blur"), Not(HasSubstr("ACR")),
                                  Not(HasSubstr("average radius")), Not(HasSubstr("ℓ<"))))
        << file;
  }
}

/// Images first, first + step, …, of ten classes, all certified with one radius.
std::string log_of(int count, int step, const std::string& radius, int classes = 10) {
  std::string log = "idx\tlabel\tpredict\tradius\tcorrect\ttime\n";
  for (int i = 0; i < count; ++i) {
    log += fmt::format("{0}\t{1}\t{1}\t{2}\t1\t1.5\n", i * step, i % classes, radius);
  }
  return log;
}

// A run's like, an ImageNet log that lacks rows, and one at another alpha: all of it in the first
// screen, before any figure.
TEST_F(ReportCommand, SaysFirstOfAllWhatCannotBeCompared) {
  folder_.write("ours_sigma_0.25.tsv", log_of(500, 20, "0.953"));
  folder_.write("theirs_sigma_0.25.tsv", log_of(500, 20, "0.978"));
  folder_.write("imagenet_sigma_0.25.tsv", log_of(427, 100, "0.5", 427));
  finish({"report", "ours_sigma_0.25.tsv", "theirs_sigma_0.25.tsv", "imagenet_sigma_0.25.tsv",
          "--out", "page", "--markdown"});
  const std::string page = read("page/report.html");
  const std::string first = page.substr(0, page.find("<svg"));
  EXPECT_THAT(first, AllOf(HasSubstr("Not on the same images"), HasSubstr("A (500 images)"),
                           HasSubstr("B (427 images): imagenet_sigma_0.25"),
                           HasSubstr("0.01 (theirs_sigma_0.25)"),
                           HasSubstr("theirs_sigma_0.25 3.91σ at σ = 0.25"),
                           HasSubstr("ends at image 42600 of every 100th, with 427 rows")));
  EXPECT_THAT(page, HasSubstr("<td>0.01 (inferred)</td>"));
  // Best within the set of the first two; the third has no rival.
  EXPECT_THAT(read("page/accuracy.md"),
              AllOf(HasSubstr("| theirs\\_sigma\\_0.25 [A] | **1.000** |"),
                    HasSubstr("| imagenet\\_sigma\\_0.25 [B] | 1.000 |")));
}

TEST_F(ReportCommand, OfLogsThatCompareSaysNothingOfTheKind) {
  folder_.write("a.tsv", log_of(500, 20, "0.3"));
  folder_.write("b.tsv", log_of(500, 20, "0.4"));
  finish({"report", "a.tsv", "b.tsv", "--out", "page", "--markdown"});
  EXPECT_THAT(read("page/report.html"), Not(HasSubstr("class=\"warning\"")));
  EXPECT_THAT(read("page/accuracy.md"), AllOf(HasSubstr("| b |"), Not(HasSubstr("["))));
}

TEST_F(ReportCommand, RefusesAColumnOrAUnitOfARun) {
  const auto column = run({"report", "R", "--radius-column", "radius"});
  EXPECT_EQ(column.exit_code, 64);
  EXPECT_THAT(column.err, HasSubstr("R: --radius-column is for logs"));
  EXPECT_EQ(run({"report", "R", "--unit", "blur"}).exit_code, 64);
  EXPECT_EQ(run({"report", "x.tsv", "--radius-column", "log_area"}).exit_code, 64);
}

TEST_F(ReportCommand, RefusesWhatItCannotRead) {
  fs::create_directory(folder_ / "empty");
  const auto empty = run({"report", "empty"});
  EXPECT_EQ(empty.exit_code, 65);
  EXPECT_THAT(empty.err, HasSubstr("empty: no run, sweep or folder of recertify"));
  EXPECT_EQ(run({"report", "nowhere"}).exit_code, 65);
  EXPECT_EQ(run({"report", "R", "--rho", "1"}).exit_code, 64);
  for (const char* file : {"page.html", "page.pdf", "page.png"}) {
    const auto named = run({"report", "R", "--out", file});
    EXPECT_EQ(named.exit_code, 64);
    EXPECT_THAT(named.err, HasSubstr("names the folder"));
  }
  EXPECT_EQ(run({"report", "R", "--baseline", "nobody", "again"}).exit_code, 64);
}

TEST_F(ReportCommand, RefusesARunThatHasLostRowsOrSamples) {
  const std::string samples = read("R/samples.jsonl");
  replace_file(folder_ / "R/samples.jsonl", samples.substr(0, samples.rfind("{\"index\"")));
  for (const char* command : {"report", "curve"}) {
    const auto result = run({command, "R"});
    EXPECT_EQ(result.exit_code, 65) << command;
    EXPECT_THAT(result.err, HasSubstr("5 images, but the run was complete with 6")) << command;
  }
  replace_file(folder_ / "R/samples.jsonl", samples);
  const std::string rows = read("R/certificates.tsv");
  replace_file(folder_ / "R/certificates.tsv",
               rows.substr(0, rows.rfind('\n', rows.size() - 2) + 1));
  const auto result = run({"curve", "R"});
  EXPECT_EQ(result.exit_code, 65);
  EXPECT_THAT(result.err, HasSubstr("5 rows, but the run was complete with 6"));
}

TEST_F(ReportCommand, RunsFromBeforeASettingWasKnownAreRead) {
  replace("R/manifest.json", "\"deterministic\": false,", "");
  replace("R/manifest.json", "\"batch_dependent\": false,", "");  // which came later still
  const std::string digest = manifest_of(folder_ / "R").digest;  // such runs have none
  replace("R/manifest.json", fmt::format("\"digest\": \"{}\",", digest), "");
  finish({"report", "R"});
  finish({"verify", "R"});
}

}  // namespace
}  // namespace certify
