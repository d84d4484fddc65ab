// `certify recertify` on counts and on runs: no sampling, no LibTorch.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/files.h"
#include "core/runs/run_folder.h"
#include "core/verify/files/row_file.h"
#include "tests/runs/example_run.h"
#include "tests/support/certify_process.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Recertify : public testing::Test {
 protected:
  Recertify() {
    std::string rows;
    for (int i = 0; i < 50; ++i) {  // from sure to lost
      const int top = 1000 - 12 * i, second = 8 * i;
      rows +=
          std::to_string(top) + " " + std::to_string(second) + " " + std::to_string(4 * i) + " 0\n";
    }
    replace_file(folder_ / "counts.txt", rows);
    RunFolder run(folder_ / "run", example_manifest(4), example_indices(4), false);
    for (const std::int64_t index : example_indices(4)) run.append(example_samples(index));
    run.close("complete", 1);
  }
  ProcessResult run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "recertify");
    return run_certify(arguments, {folder_.path(), {}, 0});
  }
  std::string refusal(const std::vector<std::string>& arguments, int exit_code) {
    const auto result = run(arguments);
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_FALSE(std::filesystem::exists(folder_ / "out")) << "nothing may be written";
    return result.err;
  }
  TemporaryFolder folder_;
};

TEST_F(Recertify, SeveralMethodsGiveOneTableAndOnePlot) {
  const auto result = run({"--counts", "counts.txt", "--sigma", "0.25", "--method",
                           "cohen,two-sided,first-margin,second-margin", "--out", "out"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("cohen"), HasSubstr("two-sided"), HasSubstr("first-margin"),
                    HasSubstr("second-margin"), HasSubstr("σ = 0.25, n = 1000, α = 0.001")));
  EXPECT_THAT(read_file(folder_ / "out/curve.svg"), HasSubstr("second-margin"));
  EXPECT_THAT(read_file(folder_ / "out/recertify.json"), HasSubstr("source_sha256"));
  EXPECT_THAT(read_file(folder_ / "out/certificates-cohen.tsv"), HasSubstr("\tcohen\n"));
  const auto curve = run_certify({"curve", "out"}, {folder_.path(), {}, 0});
  EXPECT_EQ(curve.exit_code, 0) << curve.err;
  EXPECT_THAT(curve.out, AllOf(HasSubstr("certificates-cohen"), HasSubstr("-second-margin")));
}

TEST_F(Recertify, TakesTheRunBehindAnOptionOfSeveralMethods) {
  const auto result = run({"--method", "two-sided,cohen", "run"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("two-sided"), HasSubstr("cohen")));
}

TEST_F(Recertify, ReplacesWhatAnotherOneLeftInTheFolder) {
  for (const char* methods : {"two-sided,first-margin", "cohen"}) {
    const auto result = run({"run", "--method", methods, "--out", "out"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out/certificates-two-sided.tsv"));
  const auto reported = run_certify({"report", "out"}, {folder_.path(), {}, 0});
  ASSERT_EQ(reported.exit_code, 0) << reported.err;
  ASSERT_EQ(run({"run", "--method", "cohen", "--out", "out"}).exit_code, 0);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/report.html")) << "the same again";
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/distribution.svg"));
  ASSERT_EQ(run({"run", "--alpha", "0.01", "--out", "out"}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out/report.html"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out/distribution.svg"));
  const auto verified = run_certify({"verify", "out"}, {folder_.path(), {}, 0});
  EXPECT_EQ(verified.exit_code, 0) << verified.out;
}

TEST_F(Recertify, OfARunThatItsDigestDoesNotFitIsRefused) {
  std::string manifest = read_file(folder_ / "run/manifest.json");
  const std::string sigma = "\"sigma\": 0.25";
  ASSERT_NE(manifest.find(sigma), manifest.npos);
  manifest.replace(manifest.find(sigma), sigma.size(), "\"sigma\": 0.5");
  replace_file(folder_ / "run/manifest.json", manifest);
  EXPECT_THAT(refusal({"run", "--out", "out"}, 65), HasSubstr("changed since it was complete"));
}

TEST_F(Recertify, OfACompleteRunThatLostARecordIsRefused) {
  std::string log = read_file(folder_ / "run/samples.jsonl");
  log.erase(log.rfind('\n', log.size() - 2) + 1);
  replace_file(folder_ / "run/samples.jsonl", log);
  EXPECT_THAT(refusal({"run", "--out", "out"}, 65),
              HasSubstr("3 images, but the run was complete with 4"));
}

TEST_F(Recertify, OfARunAtItsOwnSettingsGivesItsOwnSigmaAlphaAndSelection) {
  const auto result = run({"run"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("σ = 0.25, n = 100, α = 0.001, class from n0"));
}

class RecertifyStopped : public Recertify {
 protected:
  RecertifyStopped() {
    Manifest manifest = example_manifest(4);
    manifest.settings.n = 1000;
    manifest.settings.stop_at = {0.25};
    manifest.settings.method = "cohen-sequential";
    RunFolder run(folder_ / "stopped", manifest, example_indices(4), false);
    for (const std::int64_t index : example_indices(4)) {
      ImageSamples samples = example_samples(index);
      const bool all = index == 0;
      samples.estimation.votes[0] += (all ? 1000 : 128) - samples.estimation.total();
      samples.stopped = all ? StopReason::kNone : StopReason::kCertified;
      run.append(samples);
    }
    run.close("complete", 1);
  }
};

TEST_F(RecertifyStopped, TakesTheMethodThatIsValidByDefaultAtAnyAlpha) {
  const auto result = run({"stopped", "--alpha", "0.01", "--select", "label", "--out", "out"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("n up to 1000, α = 0.01, class from label"));
  EXPECT_THAT(read_file(folder_ / "out/certificates-cohen-sequential.tsv"),
              AllOf(HasSubstr("\tcohen-sequential\n"), HasSubstr("\tcohen-sequential (all n)\n")));
  EXPECT_EQ(run_certify({"verify", "out"}, {folder_.path(), {}, 0}).exit_code, 0);
}

TEST_F(RecertifyStopped, EveryOtherMethodIsRefusedByNameWithTheReason) {
  for (const char* method : {"cohen", "two-sided", "first-margin", "predict", "li"}) {
    const std::string both = std::string("cohen-sequential,") + method;
    EXPECT_THAT(refusal({"stopped", "--method", both, "--out", "out"}, 64),
                AllOf(HasSubstr("'" + std::string(method) + "'"), HasSubstr("drew all n too"),
                      HasSubstr("use cohen-sequential")));
  }
}

TEST_F(RecertifyStopped, FewerOfTheSamplesAndAClassFromTheSameAreRefused) {
  EXPECT_THAT(refusal({"stopped", "--n", "50", "--out", "out"}, 64),
              HasSubstr("decided how many of them were drawn"));
  EXPECT_THAT(refusal({"stopped", "--select", "same", "--out", "out"}, 64),
              HasSubstr("same samples that decide when to stop"));
}

class RecertifyGradient : public Recertify {
 protected:
  RecertifyGradient() {
    Manifest manifest = example_manifest(2);
    manifest.settings.n = 2'000'000;
    manifest.settings.gradient = true;
    RunFolder run(folder_ / "gradient", manifest, example_indices(2), false);
    for (const std::int64_t index : example_indices(2)) {
      ImageSamples samples = example_samples(index);
      samples.estimation = {{1'980'000, 20'000, 0}, 0};
      samples.gradient = {.tested = 0,
                          .n1 = 1'000'000,
                          .n2 = 1'000'000,
                          .dimension = 3072,
                          .dot = 4e-5,
                          .largest = 0.002,
                          .subspaces = {{"R", 1024, 1e-5}, {"G", 1024, 2e-5}, {"B", 1024, 1e-5}}};
      run.append(samples);
    }
    run.close("complete", 1);
  }
};

TEST_F(RecertifyGradient, WritesTheRadiiInEveryNormBesideTheRows) {
  const auto result =
      run({"gradient", "--method", "cohen,first-order,first-order-tight", "--out", "out"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(read_file(folder_ / "out/radii-first-order.tsv"),
              testing::StartsWith("idx\tlabel\tpredict\tradius_l2\tradius_l1\tradius_linf\t"
                                  "radius_R\tradius_G\tradius_B\tradius_cohen\tcorrect\ttime\t"
                                  "proof_l2\tproof_l1\t"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out/radii-cohen.tsv"));
  const auto paper = read_rows(folder_ / "out/certificates-first-order.tsv");
  const auto tight = read_rows(folder_ / "out/certificates-first-order-tight.tsv");
  ASSERT_EQ(paper.size(), 2U);
  EXPECT_GT(paper[0].radius, 0.25 * 2.3);
  EXPECT_GT(tight[0].radius, paper[0].radius);
}

TEST_F(RecertifyGradient, IsCheckedWithItsRunRadiusByRadius) {
  run({"gradient", "--method", "first-order", "--out", "out"});
  const auto verify = [&](const std::string& what) {
    return run_certify({"verify", what}, {folder_.path(), {}, 0});
  };
  EXPECT_THAT(verify("out").out, HasSubstr("2 rows checked (first-order), none overclaims"));
  const auto alone = verify("out/certificates-first-order.tsv");
  EXPECT_EQ(alone.exit_code, 65);
  EXPECT_THAT(alone.out, HasSubstr("2 only in part"));
  const auto file = folder_ / "out/radii-first-order.tsv";
  std::string radii = read_file(file);
  const std::size_t l2 = radii.find("\n0\t0\t0\t0.") + 7;
  replace_file(file, radii.replace(l2, 3, "0.9"));
  const auto tampered = verify("out");
  EXPECT_EQ(tampered.exit_code, 1);
  EXPECT_THAT(tampered.out, HasSubstr("image 0: radius_l2 0.9"));
  std::filesystem::remove(file);
  EXPECT_THAT(verify("out").out, HasSubstr("2 rows, 0 rows of radii beside them"));
}

TEST_F(RecertifyGradient, IsOfOneClassAndOfAllSamples) {
  EXPECT_THAT(
      refusal({"gradient", "--method", "first-order", "--select", "label", "--out", "out"}, 64),
      HasSubstr("image 20: gradient statistics of class 0, but class 1 is tested"));
  EXPECT_THAT(refusal({"gradient", "--method", "first-order", "--n", "50", "--out", "out"}, 64),
              HasSubstr("of all n samples"));
  EXPECT_THAT(refusal({"run", "--method", "first-order", "--out", "out"}, 65),
              HasSubstr("samples drawn with --gradient"));
}

TEST_F(RecertifyGradient, ShowsTheRegionThatIsCertifiedAroundAnImage) {
  const auto region = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"region", "gradient"});
    return run_certify(arguments, {folder_.path(), {}, 0});
  };
  const auto result = region({"20", "--select", "n0", "--points", "3", "--svg", "r.svg"});
  EXPECT_EQ(result.exit_code, 64) << "how the class was chosen is the run's";
  const auto slice = region({"20", "--points", "3", "--svg", "r.svg"});
  ASSERT_EQ(slice.exit_code, 0) << slice.err;
  EXPECT_THAT(slice.out, testing::StartsWith("angle\tradius\n0\t0.64"));
  EXPECT_THAT(read_file(folder_ / "r.svg"),
              AllOf(HasSubstr("image 20, a, σ = 0.25, α = 0.001"), HasSubstr("</svg>")));
  EXPECT_THAT(region({"21"}).err, HasSubstr("no samples of image 21"));
  EXPECT_THAT(region({"20", "--method", "cohen"}).err, HasSubstr("knows no gradient"));
  const auto without = run_certify({"region", "run", "20"}, {folder_.path(), {}, 0});
  EXPECT_EQ(without.exit_code, 65) << "it is the run that does not fit";
  EXPECT_THAT(without.err, HasSubstr("samples drawn with --gradient"));
}

TEST_F(Recertify, AnyAlphaAndSelectionWillDo) {
  const auto result = run({"run", "--alpha", "0.05", "--select", "same"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("α = 0.05, class from same"));
}

TEST_F(Recertify, FewerSamplesAreDrawnWithTheSeedThatIsRecorded) {
  const auto first =
      run({"--counts", "counts.txt", "--sigma", "1", "--n", "100", "--seed", "5", "--out", "a"});
  const auto again = run({"--counts", "counts.txt", "--sigma", "1", "--n", "100", "--seed", "5"});
  const auto other =
      run({"--counts", "counts.txt", "--sigma", "1", "--n", "100", "--seed", "6", "--out", "b"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, AllOf(HasSubstr("n = 100"), HasSubstr(again.out.substr(0, 60))));
  EXPECT_NE(read_file(folder_ / "a/certificates-cohen.tsv"),
            read_file(folder_ / "b/certificates-cohen.tsv"));
  EXPECT_THAT(read_file(folder_ / "a/recertify.json"), HasSubstr("\"seed\": 5"));
}

TEST_F(Recertify, ItSaysThatASeedHadASayAndWhatChoosingAmongSeedsCosts) {
  EXPECT_THAT(run({"run", "--n", "50", "--seed", "5"}).out,
              AllOf(HasSubstr("50 votes of each image were drawn, with seed 5"),
                    HasSubstr("the best of k seeds may be wrong with probability k α")));
  EXPECT_THAT(run({"run"}).out, Not(HasSubstr("seed")));
}

/// Three images with a trace of 100 rows: class 0 leads by much in the first 40, by less later.
void write_traced_run(const std::filesystem::path& folder, ScoreKeeping keep) {
  Manifest manifest = example_manifest(3);
  manifest.settings.scores = {.keep = keep, .bins = 64};
  RunFolder run(folder, manifest, example_indices(3), false);
  for (const std::int64_t index : example_indices(3)) {
    ImageSamples samples = example_samples(index);
    std::vector<float> matrix;
    for (int i = 0; i < 100; ++i) {
      const float top = (i < 40 ? 0.99F : 0.6F) + 0.001F * static_cast<float>(i % 7);
      matrix.insert(matrix.end(), {top, 1 - top, 0});
    }
    samples.trace = trace_of(matrix, 3, 0, {1, 2});
    if (keep == ScoreKeeping::kHistogram) {
      samples.histogram = histogram_of(samples.trace, 64);
      samples.trace = {};
    }
    run.append(samples);
  }
  run.close("complete", 1);
}

TEST_F(Recertify, TheFirstScoresOfATraceAreWhatFewerSamplesWouldHaveGiven) {
  write_traced_run(folder_ / "trace", ScoreKeeping::kTrace);
  const std::string method = "soft-second-top-betting";
  ASSERT_EQ(run({"trace", "--method", method + ",cohen", "--n", "40", "--out", "first"}).exit_code,
            0);
  ASSERT_EQ(run({"trace", "--method", method, "--out", "all"}).exit_code, 0);
  const auto rows = [&](const char* out) {
    return read_rows(folder_ / out / ("certificates-" + method + ".tsv"));
  };
  EXPECT_EQ(rows("first")[0].n, 40);
  EXPECT_EQ(rows("first")[0].n_top, 40);
  EXPECT_GT(rows("first")[0].p_lower, rows("all")[0].p_lower) << "the best 40";
  EXPECT_THAT(read_file(folder_ / "first/recertify.json"),
              AllOf(HasSubstr("\"votes\": \"drawn\""), HasSubstr("\"scores\": \"first\"")));
  // The votes of the same call are drawn, as without the trace.
  ASSERT_EQ(run({"run", "--n", "40", "--out", "votes"}).exit_code, 0);
  EXPECT_EQ(read_file(folder_ / "first/certificates-cohen.tsv").substr(0, 250),
            read_file(folder_ / "votes/certificates-cohen.tsv").substr(0, 250));
}

TEST_F(Recertify, AHistogramHasNoFirstScores) {
  write_traced_run(folder_ / "histogram", ScoreKeeping::kHistogram);
  EXPECT_EQ(run({"histogram", "--n", "40"}).exit_code, 0);
  EXPECT_THAT(refusal({"histogram", "--method", "soft-second-histogram", "--n", "40"}, 64),
              HasSubstr("a histogram has no order"));
}

TEST_F(Recertify, AnUnknownMethodIsRefusedWithTheKnownOnes) {
  const auto listed = refusal({"run", "--method", "no-such-method"}, 64);
  EXPECT_THAT(listed, HasSubstr("cohen"));
}

TEST_F(Recertify, AMethodWhoseSamplesWereNotKeptIsRefusedByName) {
  EXPECT_THAT(refusal({"run", "--method", "soft-second-betting", "--out", "out"}, 65),
              AllOf(HasSubstr("soft-second-betting"), HasSubstr("--scores")));
}

TEST_F(Recertify, BadInputIsRefusedWithItsReason) {
  replace_file(folder_ / "bad.txt", "5 5 1\n5 6 1\n");
  EXPECT_THAT(refusal({}, 64), HasSubstr("--counts FILE"));
  EXPECT_THAT(refusal({"run", "--counts", "counts.txt", "--sigma", "1"}, 64), HasSubstr("either"));
  EXPECT_THAT(refusal({"--counts", "counts.txt"}, 64), HasSubstr("needs --sigma"));
  EXPECT_THAT(refusal({"run", "--sigma", "0.5"}, 64), HasSubstr("drawn with sigma 0.25"));
  EXPECT_THAT(refusal({"--counts", "bad.txt", "--sigma", "1", "--out", "out"}, 65),
              HasSubstr("bad.txt:2:"));
  EXPECT_THAT(refusal({"--counts", "none.txt", "--sigma", "1"}, 65),
              HasSubstr("none.txt: no such file"));
  EXPECT_THAT(refusal({"none"}, 65), HasSubstr("none: no run here"));
  EXPECT_THAT(refusal({"run", "--alpha", "0", "--out", "out"}, 64), HasSubstr("alpha"));
  EXPECT_THAT(refusal({"run", "--alpha", "nan", "--out", "out"}, 64), HasSubstr("alpha"));
  EXPECT_THAT(refusal({"run", "--n", "101", "--out", "out"}, 64), HasSubstr("101 of 100"));
  EXPECT_THAT(
      refusal({"--counts", "counts.txt", "--sigma", "1", "--select", "n0", "--out", "out"}, 64),
      HasSubstr("no selection samples"));
  EXPECT_THAT(refusal({"run", "--lipschitz", "-1", "--out", "out"}, 64),
              HasSubstr("--lipschitz -1"));
}

TEST_F(Recertify, OptionsBeforeTheSubcommandAreNotSilentlyIgnored) {
  const auto result = run_certify({"--alpha", "0.5", "recertify", "run"}, {folder_.path(), {}, 0});
  EXPECT_EQ(result.exit_code, 64);
  EXPECT_EQ(result.out, "");
}

TEST_F(Recertify, NeverWritesIntoARun) {
  const auto result = run({"run", "--out", "run"});
  EXPECT_EQ(result.exit_code, 65);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run/certificates-cohen.tsv"));
}

}  // namespace
}  // namespace certify
