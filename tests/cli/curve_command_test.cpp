/// The program itself: `certify curve`, its output, its files and its exit codes.

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/files.h"
#include "core/runs/run_folder.h"
#include "tests/runs/example_run.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const std::string kHeader = "idx\tlabel\tpredict\tradius\tcorrect\ttime\n";

class CurveCommand : public testing::Test {
 protected:
  CurveCommand() {
    std::filesystem::create_directories(folder_ / "run");
    replace_file(folder_ / "s_0.25.tsv", kHeader +
                                             "0\t3\t-1\t0.0\t0\t15.4\n"
                                             "20\t7\t7\t0.25\t1\t15.6\n"
                                             "40\t4\t4\t0.341\t1\t15.7\n"
                                             "60\t4\t2\t0.9\t0\t15.7\n");
    replace_file(folder_ / "s_0.50.tsv", kHeader +
                                             "0\t3\t3\t1.5\t1\t0:00:01\n"
                                             "20\t7\t7\t0.5\t1\t0:00:01\n"
                                             "40\t4\t-2\t0.0\t0\t0:00:01\n"
                                             "60\t4\t4\t0.1\t1\t0:00:01\n");
    replace_file(folder_ / "run" / "certificates.tsv",
                 "idx\tlabel\tpredict\tradius\tcorrect\ttime\tradius_full\tmethod\n"
                 "0\t3\t3\t0.249\t1\t0:00:01\t0.25\tcohen\n");
    replace_file(folder_ / "first_order.tsv",
                 "idx\tlabel\tpredict\tradius_L1\tradius_L2\tcorrect\n0\t1\t1\t0.7\t0.4\t1\n");
    replace_file(folder_ / "broken.tsv", kHeader + "0\t3\t3\tnan\t1\t1\n");
  }
  ~CurveCommand() override { std::filesystem::remove_all(folder_); }

  /// Runs `certify curve ARGUMENTS` in the folder of the logs.
  void run(const std::string& arguments) {
    const std::string command = "cd '" + folder_.string() + "' && '" CERTIFY_PROGRAM "' curve " +
                                arguments + " > out 2> err";
    const int status = std::system(command.c_str());
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    out_ = read_file(folder_ / "out");
    err_ = read_file(folder_ / "err");
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) /
      (std::string("curve-") + testing::UnitTest::GetInstance()->current_test_info()->name());
  int exit_code_ = -1;
  std::string out_, err_;
};

TEST_F(CurveCommand, SaysWhereAStoppedRunsCurveIsLowerThanItCouldBe) {
  replace_file(folder_ / "stopped.tsv",
               "idx\tlabel\tpredict\tradius\tcorrect\ttime\tradius_full\tmethod\n"
               "0\t3\t3\t0.249\t1\t0:00:01\t0.25\tcohen-sequential\n");
  run("stopped.tsv run");
  EXPECT_EQ(exit_code_, 0);
  EXPECT_THAT(err_, AllOf(HasSubstr("note: stopped: sampling stopped"), HasSubstr("--stop-at")));
  run("run");
  EXPECT_THAT(err_, IsEmpty());
}

TEST_F(CurveCommand, PrintsLogsSideBySide) {
  run("s_0.25.tsv s_0.50.tsv --radii 0:1:0.25");
  EXPECT_EQ(exit_code_, 0) << err_;
  EXPECT_EQ(out_,
            "radius          s_0.25  s_0.50\n"
            "--------------  ------  ------\n"
            "0.00             0.500   0.750\n"
            "0.25             0.500   0.500\n"
            "0.50             0.000   0.500\n"
            "0.75             0.000   0.250\n"
            "1.00             0.000   0.250\n"
            "\n"
            "ACR              0.147   0.525\n"
            "top 10 % carry   0.576   0.714\n"  // 0.341 of 0.591, 1.5 of 2.1: one of four images
            "abstained            1       1\n"
            "images               4       4\n");
  EXPECT_THAT(err_, HasSubstr("1 skipped"));
}

TEST_F(CurveCommand, RoundsToTheNearestWhereAskedAndSaysSo) {
  run("s_0.25.tsv --radii 0.25 --svg c.svg --nearest");
  EXPECT_EQ(exit_code_, 0) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("\nACR              0.148\n"),  // 0.14775
                          HasSubstr("\ntop 10 % carry   0.577\n"),
                          HasSubstr("\nRounded to the nearest, as papers print; may exceed what is "
                                    "proven.\n")));
  EXPECT_THAT(read_file(folder_ / "c.svg"), HasSubstr("ACR 0.148"));
  run("s_0.25.tsv --radii 0.25 --svg c.svg");
  EXPECT_THAT(out_, Not(HasSubstr("ounded")));
  EXPECT_THAT(read_file(folder_ / "c.svg"), HasSubstr("ACR 0.147"));
}

/// With rho = 0.9 no certificate of two is taken for a mistake: P[Bin(2, 0.05) >= 1] = 0.0975. So
/// 2/3 is the bound as well as the accuracy.
TEST_F(CurveCommand, BoundsStayRoundedDown) {
  replace_file(folder_ / "three.tsv",
               kHeader + "0\t3\t3\t0.5\t1\t1\n1\t3\t3\t0.5\t1\t1\n2\t3\t2\t0\t0\t1\n");
  run("three.tsv --radii 0.5 --rho 0.9 --alpha 0.05 --nearest");
  EXPECT_EQ(exit_code_, 0) << err_;
  EXPECT_THAT(out_, HasSubstr("0.5                  0.667  2 of 3"));
  EXPECT_THAT(out_, HasSubstr("  0.666\n"));
}

TEST_F(CurveCommand, ReadsARunAtFullPrecision) {
  run("run --radii 0.25");
  EXPECT_EQ(exit_code_, 0) << err_;
  EXPECT_THAT(out_, AllOf(StartsWith("radius          "), HasSubstr("0.25            1.000")));
  EXPECT_THAT(err_, IsEmpty());
}

TEST_F(CurveCommand, WritesPictureAndSteps) {
  run("s_0.25.tsv --svg c.svg --tsv c.tsv --title 'A title'");
  EXPECT_EQ(exit_code_, 0) << err_;
  EXPECT_THAT(read_file(folder_ / "c.svg"), AllOf(StartsWith("<svg "), HasSubstr(">A title<")));
  EXPECT_EQ(read_file(folder_ / "c.tsv"),
            "radius\taccuracy\n0\t0.5\n0.25\t0.5\n0.341\t0.25\n0.3410000000000001\t0\n");
}

TEST_F(CurveCommand, TakesAnotherRadiusColumn) {
  run("first_order.tsv");
  EXPECT_EQ(exit_code_, 65);
  EXPECT_THAT(err_, HasSubstr("radius_L1, radius_L2"));
  run("first_order.tsv --radius-column radius_L1 --radii 0.5 --svg c.svg");
  EXPECT_EQ(exit_code_, 0) << err_;
  EXPECT_THAT(out_, HasSubstr("0.5                   1.000"));
  EXPECT_THAT(read_file(folder_ / "c.svg"), HasSubstr("radius_L1 (in the units of the log)"));
}

TEST_F(CurveCommand, DrawsSeveralColumnsAndTheBestOfSeveralLogsAtEachRadius) {
  run("first_order.tsv --radius-column radius_L1,radius_L2 --radii 0.5 --svg c.svg");
  EXPECT_EQ(exit_code_, 0) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("(radius_L1)"), HasSubstr("(radius_L2)")));
  EXPECT_THAT(read_file(folder_ / "c.svg"), HasSubstr("radius_L1, radius_L2 (in the units"));
  run("s_0.25.tsv s_0.50.tsv --envelope --radii 0,0.3,1");
  EXPECT_EQ(exit_code_, 0) << err_;
  EXPECT_EQ(out_,
            "radius  upper envelope\n"
            "------  --------------\n"
            "0.0              0.750\n"
            "0.3              0.500\n"
            "1.0              0.250\n")
      << "its rows are no images: no mean, no abstentions, no number of them";
  run("s_0.25.tsv s_0.50.tsv --envelope --rho 0.01 --alpha 0.001");
  EXPECT_EQ(exit_code_, 64);
  EXPECT_THAT(err_, HasSubstr("chosen by the results"));
}

/// ../shared/cases/true_false_negative.tsv, as TSS prints its logs.
TEST_F(CurveCommand, CountsANegativeRadiusAsNotCertifiedAndSaysSo) {
  replace_file(folder_ / "tss.tsv", kHeader +
                                        "0\t3\t3\t0.51\tTrue\t0:00:14.1\n"
                                        "20\t7\t5\t-0.2\tFalse\t0:00:14.1\n"
                                        "40\t2\t2\t-1.03\tTrue\t0:00:14.1\n");
  run("tss.tsv --radii 0");
  EXPECT_EQ(exit_code_, 0) << err_;
  EXPECT_EQ(out_,
            "radius            tss\n"
            "--------------  -----\n"
            "0               0.333\n"
            "\n"
            "ACR             0.170\n"
            "top 10 % carry  1.000\n"
            "abstained           2\n"
            "images              3\n");
  EXPECT_THAT(err_, HasSubstr("tss.tsv: 2 image(s) with a negative or infinite radius"));
}

TEST_F(CurveCommand, SaysTheUnitThatWasDeclared) {
  run("s_0.25.tsv --unit 'blur (px)' --radii 0.25 --svg c.svg --tsv c.tsv --rho 0.5 --alpha 0.05");
  EXPECT_EQ(exit_code_, 0) << err_;
  EXPECT_THAT(out_,
              AllOf(StartsWith("blur (px)       s_0.25\n"), HasSubstr("mean blur (px)   0.147"),
                    HasSubstr("blur (px)  certified accuracy  images  theorem 5")));
  EXPECT_THAT(read_file(folder_ / "c.tsv"), StartsWith("blur (px)\taccuracy\tat_least_rho_0.5\n"));
  const std::string picture = read_file(folder_ / "c.svg");
  EXPECT_THAT(picture, AllOf(HasSubstr(">blur (px)</text>"), HasSubstr("mean blur (px) 0.147")));
  for (const std::string& text : {out_, picture}) {
    EXPECT_THAT(text, AllOf(Not(HasSubstr("ACR")), Not(HasSubstr("radius"))));
  }
}

TEST_F(CurveCommand, RefusesAUnitOfWhatIsKnown) {
  run("run --unit blur");
  EXPECT_EQ(exit_code_, 64);
  EXPECT_THAT(err_, HasSubstr("run: --unit is for logs of other programs"));
  run("s_0.25.tsv --unit blur --radius-column log_area");
  EXPECT_EQ(exit_code_, 64);
  run("s_0.25.tsv --unit ' '");
  EXPECT_EQ(exit_code_, 64);
}

TEST_F(CurveCommand, NamesALogWithoutRadii) {
  replace_file(folder_ / "predict.tsv",
               "idx\tlabel\tpredict\tcorrect\ttime\n0\t3\t3\t1\t0:00:01\n");
  run("predict.tsv");
  EXPECT_EQ(exit_code_, 65);
  EXPECT_THAT(err_, HasSubstr("predict.tsv:1: a log of predict, which has no radii"));
}

TEST_F(CurveCommand, SaysOfEachColumnWhatItDoesNotCertify) {
  replace_file(folder_ / "two.tsv",
               "idx\tlabel\tpredict\tradius_L1\tradius_L2\tcorrect\n0\t1\t1\t0.7\t-0.4\t1\n");
  run("two.tsv --radius-column radius_L1,radius_L2 --radii 0");
  EXPECT_EQ(exit_code_, 0) << err_;
  EXPECT_EQ(err_,
            "note: two.tsv: 1 image(s) with a negative or infinite radius_L2 count as not "
            "certified (as abstentions)\n");
}

TEST_F(CurveCommand, TakesARunsRadiiInOtherNormsFromTheFileBesideItsRows) {
  replace_file(folder_ / "run" / "radii.tsv",
               "idx\tlabel\tpredict\tradius_l1\tcorrect\ttime\n0\t3\t3\t0.75\t1\t0:00:01\n");
  run("run --radius-column radius_l1 --radii 0.5,0.8");
  EXPECT_EQ(exit_code_, 0) << err_;
  EXPECT_THAT(out_, HasSubstr("0.5             1.000\n0.8             0.000"));
}

TEST_F(CurveCommand, TellsWhenLogsAreNotAboutTheSameImages) {
  run("s_0.25.tsv run");
  EXPECT_EQ(exit_code_, 0) << err_;
  EXPECT_THAT(err_, HasSubstr("note: Not on the same images, so accuracies and averages compare "
                              "within a set only. A (4 images): s_0.25. B (1 image): run; it lacks "
                              "3 of the 4 of A."));
  EXPECT_THAT(out_, testing::ContainsRegex("set of images +A +B\n"));
  run("s_0.25.tsv s_0.50.tsv");
  EXPECT_EQ(err_.find("same images"), std::string::npos) << err_;
  EXPECT_EQ(out_.find("set of images"), std::string::npos);
}

TEST_F(CurveCommand, TellsLogsOfOneNameApartByTheirPaths) {
  std::filesystem::create_directories(folder_ / "other" / "run");
  std::filesystem::copy_file(folder_ / "run" / "certificates.tsv",
                             folder_ / "other" / "run" / "certificates.tsv");
  run("run other/run");
  EXPECT_EQ(exit_code_, 0) << err_;
  EXPECT_THAT(out_, HasSubstr("  other/run\n"));
}

TEST_F(CurveCommand, RefusesABrokenLogWithItsLineAndPrintsNothing) {
  run("s_0.25.tsv broken.tsv --svg c.svg");
  EXPECT_EQ(exit_code_, 65);
  EXPECT_THAT(err_, HasSubstr("broken.tsv:2: radius is 'nan'"));
  EXPECT_THAT(out_, IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "c.svg"));
}

/// 4 images, alpha = 0.05, rho = 0.5. Exact counts by hand: with Y = 2 certified, g = 0 is ruled
/// out if P[Bin(4, 0.05) >= 2] = 0.0140 <= 0.5, g = 1 if P[Bin(3, 0.05) >= 1] = 0.1426 <= 0.5: 2
/// remain. Theorem 5 for Y = 2: (0.5 - 0.05 - sqrt(2 0.05 0.95 0.6931 / 4) - 0.6931 / 12) / 0.95 =
/// 0.277.
TEST_F(CurveCommand, BoundsTheAccuracyAtEachRadius) {
  run("s_0.25.tsv --radii 0.25,0.5 --rho 0.5 --alpha 0.05 --svg c.svg --tsv c.tsv");
  EXPECT_EQ(exit_code_, 0) << err_;
  EXPECT_THAT(out_, HasSubstr("s_0.25, alpha = 0.05, rho = 0.5\n"
                              "radius  certified accuracy  images  theorem 5  exact\n"
                              "------  ------------------  ------  ---------  -----\n"
                              "0.25                 0.500  2 of 4      0.277  0.500\n"
                              "0.50                 0.000  0 of 4      0.000  0.000\n"));
  EXPECT_THAT(out_, HasSubstr("not all at once"));
  EXPECT_THAT(read_file(folder_ / "c.svg"),
              AllOf(HasSubstr("shaded down to its bound, rho = 0.5"), HasSubstr("(≥ 0.500)")));
  EXPECT_THAT(read_file(folder_ / "c.tsv"), HasSubstr("\t0.5\t0.5\n"));
}

/// rho = 0.1: P[Bin(3, 0.05) >= 1] = 0.1426 > 0.1, so one of two certified may be a mistake.
/// Theorem 5: (0.5 - 0.05 - sqrt(2 0.05 0.95 2.3026 / 4) - 2.3026 / 12) / 0.95 = 0.0255.
TEST_F(CurveCommand, ASmallerRhoGivesASmallerBound) {
  run("s_0.25.tsv --radii 0.25 --rho 0.1 --alpha 0.05 --tsv c.tsv");
  EXPECT_EQ(exit_code_, 0) << err_;
  EXPECT_THAT(out_, HasSubstr("0.25                 0.500  2 of 4      0.025  0.250\n"));
  EXPECT_THAT(read_file(folder_ / "c.tsv"), HasSubstr("\t0.5\t0.25\n"));
}

TEST_F(CurveCommand, TakesAlphaFromTheLogAndRefusesToGuessIt) {
  replace_file(folder_ / "alpha.tsv",
               "idx\tlabel\tpredict\tradius\tcorrect\talpha\n"
               "0\t3\t3\t0.25\t1\t0.001\n1\t3\t3\t0.25\t1\t0.01\n");
  run("alpha.tsv --rho 0.01 --radii 0.25");
  EXPECT_EQ(exit_code_, 0) << err_;
  EXPECT_THAT(out_, HasSubstr("alpha = 0.01, rho"));  // the larger one of its rows
  run("alpha.tsv --rho 0.01 --alpha 0.001");
  EXPECT_EQ(exit_code_, 64);
  EXPECT_THAT(err_, HasSubstr("the log says 0.01"));
  run("s_0.25.tsv --rho 0.01");
  EXPECT_EQ(exit_code_, 64);
  EXPECT_THAT(err_, HasSubstr("needs the alpha"));
  EXPECT_THAT(out_, IsEmpty());
  run("s_0.25.tsv --rho 1.5 --alpha 0.001");
  EXPECT_EQ(exit_code_, 64);
  run("s_0.25.tsv --alpha 0.001");
  EXPECT_EQ(exit_code_, 64);
  run("s_0.25.tsv --rho 0.01 --alpha 2");
  EXPECT_EQ(exit_code_, 64);
  replace_file(folder_ / "bad.tsv",
               "idx\tlabel\tpredict\tradius\tcorrect\talpha\n0\t3\t3\t0.25\t1\t0\n");
  run("bad.tsv");
  EXPECT_EQ(exit_code_, 65);
  EXPECT_THAT(err_, HasSubstr("bad.tsv:2: alpha is '0'"));
}

TEST_F(CurveCommand, RefusesRowsOfMethodsThatProveNothing) {
  replace_file(folder_ / "published.tsv",
               "idx\tlabel\tpredict\tradius\tcorrect\talpha\tmethod\n"
               "0\t3\t3\t0.25\t1\t0.001\tpublished-first-margin\n");
  run("published.tsv");
  EXPECT_EQ(exit_code_, 65);
  EXPECT_THAT(err_, HasSubstr("published.tsv:2: method 'published-first-margin' proves nothing"));
}

TEST_F(CurveCommand, HasAnExitCodeForEachMistake) {
  run("");
  EXPECT_EQ(exit_code_, 64);
  run("s_0.25.tsv --radii 0:1");
  EXPECT_EQ(exit_code_, 64);
  EXPECT_THAT(err_, HasSubstr("0:2:0.25"));
  run("s_0.25.tsv --nonsense");
  EXPECT_EQ(exit_code_, 64);
  run("missing.tsv");
  EXPECT_EQ(exit_code_, 65);
  EXPECT_THAT(err_, HasSubstr("missing.tsv"));
  run("s_0.25.tsv --svg missing/c.svg");
  EXPECT_EQ(exit_code_, 74);
}

TEST_F(CurveCommand, SaysThatARunIsNotFinishedAndWhatIsMissing) {
  const std::string rows = read_file(folder_ / "run" / "certificates.tsv");  // of one image
  {
    RunFolder unfinished(folder_ / "unfinished", example_manifest(4), example_indices(4), false);
    unfinished.append(example_samples(0));
    unfinished.close("interrupted", 1);
  }
  replace_file(folder_ / "unfinished" / "certificates.tsv", rows);
  run("unfinished");
  EXPECT_EQ(exit_code_, 0) << err_;
  EXPECT_THAT(err_, HasSubstr("unfinished: the run is not finished (interrupted): 3 of 4 images "
                              "are missing"));
}

}  // namespace
}  // namespace certify
