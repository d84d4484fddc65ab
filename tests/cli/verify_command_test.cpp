// `certify verify` as a user runs it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>

#include "core/base/files.h"
#include "core/runs/run_folder.h"
#include "tests/runs/example_run.h"
#include "tests/support/certify_process.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class VerifyCommand : public testing::Test {
 protected:
  VerifyCommand() {
    std::string counts;
    for (int i = 0; i < 20; ++i) {
      counts += std::to_string(1000 - 25 * i) + " " + std::to_string(20 * i) + " " +
                std::to_string(5 * i) + " 0\n";
    }
    replace_file(folder_ / "counts.txt", counts);
    const auto made = run({"recertify", "--counts", "counts.txt", "--sigma", "0.25", "--method",
                           "cohen,two-sided,first-margin,lecuyer,li,predict", "--out", "out"});
    EXPECT_EQ(made.exit_code, 0) << made.err;
  }
  ProcessResult run(const std::vector<std::string>& arguments) {
    return run_certify(arguments, {folder_.path(), {}, 0});
  }
  /// certificates-cohen.tsv with all occurrences of a text replaced.
  void tamper(const std::string& from, const std::string& to) {
    std::string text = read_file(folder_ / "out/certificates-cohen.tsv");
    ASSERT_NE(text.find(from), std::string::npos);
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
      text.replace(at, from.size(), to);
    }
    replace_file(folder_ / "tampered.tsv", text);
  }
  TemporaryFolder folder_;
};

TEST_F(VerifyCommand, SaysInOneLineThatNothingOverclaims) {
  const auto result = run({"verify", "out/certificates-cohen.tsv"});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_EQ(result.out,
            "out/certificates-cohen.tsv: 20 rows checked (cohen), none overclaims by "
            "itself; its samples were not looked at\n");
}

TEST_F(VerifyCommand, TakesAFolderOfRecertifyAndManyPaths) {
  const auto result = run({"verify", "out", "out/certificates-li.tsv"});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("out: 120 rows checked (cohen, first-margin, lecuyer, "
                                          "li, predict, two-sided), none overclaims"),
                                HasSubstr("certificates-li.tsv: 20 rows")));
}

TEST_F(VerifyCommand, ExitsWithOneAndNamesTheRows) {
  tamper("\t0.001\t0.25\t", "\t0.0001\t0.25\t");  // bounds at 0.001 sold as bounds at 0.0001
  const auto result = run({"verify", "tampered.tsv"});
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("tampered.tsv:2: image 0: p_lower claims too much"),
                                HasSubstr("allowed 0.0001"), HasSubstr("overclaims")));
}

TEST_F(VerifyCommand, AClassFromTheSameSamplesIsHeldToHalfOfAlpha) {
  const auto label = run({"recertify", "--counts", "counts.txt", "--sigma", "0.25", "--select",
                          "label", "--out", "label"});
  ASSERT_EQ(label.exit_code, 0) << label.err;
  EXPECT_EQ(run({"verify", "label"}).exit_code, 0);
  const auto result = run({"verify", "label", "--select", "same"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("allowed 0.0005"));
}

TEST_F(VerifyCommand, AnotherVersionOfAMethodsNameIsNotPassed) {
  tamper("\tcohen\n", "\tpublished-first-margin\n");
  const auto result = run({"verify", "tampered.tsv"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("no method 'published-first-margin' is known here"));
}

TEST_F(VerifyCommand, MethodsOnScoresAreNotPassedAsChecked) {
  tamper("\tcohen\n", "\tsoft-second-betting\n");
  const auto result = run({"verify", "tampered.tsv"});
  EXPECT_EQ(result.exit_code, 65) << result.out;
  EXPECT_THAT(result.out, AllOf(HasSubstr("20 only in part"), Not(HasSubstr("none overclaims"))));
}

/// A run that kept logits, as a program without LibTorch finds it.
class VerifyScoresCommand : public VerifyCommand {
 protected:
  static constexpr const char* kMethods =
      "cohen,soft-second-betting,soft-first-direct-histogram,soft-second-top-confidence-sequence,"
      "soft-first-bonferroni-empirical-bernstein";

  VerifyScoresCommand() {
    std::mt19937_64 random(3);
    std::normal_distribution<float> normal;
    Manifest manifest = example_manifest(3);
    manifest.settings.scores = {.keep = ScoreKeeping::kMatrix};
    RunFolder matrix(folder_ / "run", manifest, example_indices(3), false);
    for (const std::int64_t index : example_indices(3)) {
      ImageSamples samples = example_samples(index);
      samples.estimation = {{0, 0, 0}, 0};
      for (int i = 0; i < 100; ++i) {
        for (const float mean : {3.0F, 0.0F, -1.0F})
          samples.logits.push_back(mean + normal(random));
        const auto row = samples.logits.end() - 3;
        ++samples.estimation
              .votes[static_cast<std::size_t>(std::max_element(row, samples.logits.end()) - row)];
      }
      matrix.append(samples);
    }
    matrix.close("complete", 1);
  }
  void recertify(const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"recertify", "run", "--method", kMethods, "--out", "again"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::filesystem::remove_all(folder_ / "again");
    const auto made = run(arguments);
    EXPECT_EQ(made.exit_code, 0) << made.err;
  }
};

TEST_F(VerifyScoresCommand, ChecksAFolderOfRecertifyAgainstTheRunThatItWasMadeFrom) {
  const std::vector<std::vector<std::string>> ways{
      {},
      {"--temperature", "2"},
      {"--score-link", "sparsemax", "--select", "label"},
      {"--select", "same", "--alpha", "0.05"},
      {"--n", "60"},
      {"--lipschitz", "0.1"}};
  for (const auto& more : ways) {
    recertify(more);
    const auto result = run({"verify", "again"});
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_THAT(result.out,
                AllOf(HasSubstr("again: 15 rows checked"), HasSubstr("none overclaims")));
  }
}

TEST_F(VerifyScoresCommand, FindsOtherSettingsThanTheRowsWereMadeWith) {
  recertify({"--temperature", "2"});  // less sure of itself than at 1
  std::string text = read_file(folder_ / "again/recertify.json");
  const auto put = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    const std::size_t at = changed.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    replace_file(folder_ / "again/recertify.json", changed.replace(at, from.size(), to));
  };
  put("\"temperature\": 2.0", "\"temperature\": 4.0");
  auto result = run({"verify", "again"});
  EXPECT_EQ(result.exit_code, 1) << result.out;
  EXPECT_THAT(result.out, HasSubstr("certificates-soft-second-betting.tsv:2: image 0: p_lower "
                                    "claims too much"));
  put("\"select\": \"n0\"", "\"select\": \"same\"");
  EXPECT_EQ(run({"verify", "again"}).exit_code, 1);
  put("\"n\": 0", "\"n\": 90");
  EXPECT_THAT(run({"verify", "again"}).out, HasSubstr("n is 100, stored is 90"));
}

TEST_F(VerifyScoresCommand, WithoutTheRunRowsOnScoresAreNotPassedAsChecked) {
  recertify({});
  std::filesystem::rename(folder_ / "run", folder_ / "elsewhere");
  const auto result = run({"verify", "again"});
  EXPECT_EQ(result.exit_code, 65) << result.out;
  EXPECT_THAT(result.out, HasSubstr("12 only in part"));
}

TEST_F(VerifyCommand, HasAnExitCodeForEachMistake) {
  EXPECT_EQ(run({"verify"}).exit_code, 64);
  EXPECT_EQ(run({"verify", "out", "--select", "some"}).exit_code, 64);
  EXPECT_EQ(run({"verify", "missing.tsv"}).exit_code, 65);
  const auto counts = run({"verify", "counts.txt"});
  EXPECT_EQ(counts.exit_code, 65);
  EXPECT_THAT(counts.err, HasSubstr("counts.txt:1"));
}

}  // namespace
}  // namespace certify
