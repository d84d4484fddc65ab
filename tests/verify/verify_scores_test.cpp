// Runs whose certificates rest on scores, and what tampering with them leads to.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/methods/catalogue.h"
#include "core/report/logs/cohen_log.h"
#include "core/runs/run_folder.h"
#include "core/verify/verify.h"
#include "tests/runs/example_run.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kImages = 2;
constexpr int kN = 100;  // of the example run

class VerifyScores : public testing::Test {
 protected:
  /// Class 0 has 0.8 to 0.95 of the score, less with every image.
  static ImageSamples samples_of(std::int64_t index, ScoreKeeping keep) {
    std::mt19937_64 random(static_cast<std::uint64_t>(index));
    std::uniform_real_distribution<float> uniform;
    ImageSamples s = example_samples(index);
    s.estimation = {{kN, 0, 0}, 0};
    std::vector<float> matrix;
    for (int i = 0; i < kN; ++i) {
      const float top = 0.8F + 0.15F * uniform(random) - 0.001F * static_cast<float>(index);
      const float second = (1 - top) * (0.5F + 0.4F * uniform(random));
      matrix.insert(matrix.end(), {top, second, 1 - top - second});
    }
    s.trace = trace_of(matrix, 3, 0, {1, 2});
    s.trace.selection_means = {0.85, 0.1, 0.05, 0};
    if (keep == ScoreKeeping::kHistogram) {
      s.histogram = histogram_of(s.trace, 64);
      s.trace = {};
    }
    return s;
  }

  void make_run(const std::string& method, ScoreKeeping keep = ScoreKeeping::kTrace,
                const std::function<void(ImageSamples&)>& change = nullptr) {
    std::filesystem::remove_all(run_);
    Manifest manifest = example_manifest(kImages);
    manifest.settings.method = method;
    manifest.settings.scores = {.keep = keep, .bins = 64};
    RunFolder run(run_, manifest, example_indices(kImages), false);
    certificates_.clear();
    for (const std::int64_t index : example_indices(kImages)) {
      ImageSamples samples = samples_of(index, keep);
      certificates_.push_back(
          find_method(method).certify(samples, manifest.settings.method_options()));
      if (change) change(samples);  // after its row was made
      run.append(samples);
    }
    run.close("complete", 1);
    write_rows();
  }
  void write_rows() const {
    std::string text = certificates_header();
    for (const Certificate& c : certificates_) text += certificates_row(c);
    replace_file(run_ / kCertificatesFile, text);
  }
  /// The run with one of its rows changed: image 20's, in line 3.
  std::string findings_after(const std::string& method,
                             const std::function<void(Certificate&)>& tamper) {
    make_run(method);
    EXPECT_GT(certificates_[1].radius, 0);
    tamper(certificates_[1]);
    write_rows();
    return findings();
  }
  std::string findings() const {
    std::string text;
    for (const auto& [where, what] : verify_run(run_).findings) text += where + ": " + what + "\n";
    return text;
  }

  TemporaryFolder folder_;
  std::filesystem::path run_ = folder_ / "run";
  std::vector<Certificate> certificates_;
};

TEST_F(VerifyScores, PassEveryMethodOnATraceAndOnAHistogram) {
  for (const Method* method : all_methods()) {
    if (!method->name.starts_with("soft-")) continue;
    for (const ScoreKeeping keep : {ScoreKeeping::kTrace, ScoreKeeping::kHistogram}) {
      if (keep == ScoreKeeping::kHistogram && method->needs == SampleNeeds::kTrace) continue;
      make_run(std::string(method->name), keep);
      const VerifyReport report = verify_run(run_);
      EXPECT_THAT(findings(), IsEmpty()) << method->name;
      EXPECT_EQ(report.rows, kImages);
      EXPECT_EQ(report.in_part, 0);
    }
  }
}

TEST_F(VerifyScores, FindsBoundsABillionthTooLarge) {
  for (const char* method : {"soft-second-betting", "soft-second-top-confidence-sequence",
                             "soft-first-direct-histogram", "soft-first-bonferroni-betting",
                             "soft-second-empirical-bernstein", "soft-second-tangent-betting"}) {
    EXPECT_THAT(findings_after(method, [](Certificate& c) { c.p_lower *= 1 + 1e-9; }),
                HasSubstr("certificates.tsv:3: image 20: p_lower claims too much"))
        << method;
  }
  EXPECT_THAT(findings_after("soft-second-betting", [](Certificate& c) { c.p_upper *= 1 - 1e-8; }),
              HasSubstr("image 20: p_upper claims too much"));
}

TEST_F(VerifyScores, FindsARadiusAFewUnitsInTheLastPlaceTooLarge) {
  for (const char* method : {"soft-second-betting", "soft-second-top-betting"}) {
    EXPECT_THAT(findings_after(method, [](Certificate& c) { c.radius *= 1 + 2e-14; }),
                HasSubstr("image 20: radius_full"))
        << method;
  }
}

TEST_F(VerifyScores, FindsScoresThatWereChangedUnderAFittingHash) {
  make_run("soft-second-betting", ScoreKeeping::kTrace, [](ImageSamples& s) {
    if (s.index != 20) return;
    s.trace.values[0] -= 0.05F;  // one of a hundred, by a little
    s.trace.values[1] += 0.05F;
  });
  EXPECT_THAT(findings(), HasSubstr("certificates.tsv:3: image 20: p_lower claims too much"));
}

TEST_F(VerifyScores, FindsScoresOfAnotherClass) {
  make_run("soft-second-betting", ScoreKeeping::kTrace, [](ImageSamples& s) {
    if (s.index == 20) s.trace.tested = 1, s.trace.candidates = {0, 2};
  });
  EXPECT_THAT(findings(), HasSubstr("image 20: predicts 0, but the scores that were kept are those "
                                    "of class 1"));
}

TEST_F(VerifyScores, LoneRowsAreNotCalledChecked) {
  make_run("soft-second-betting");
  const VerifyReport report = verify_rows(run_ / kCertificatesFile, ClassFrom::kSeparateSamples);
  EXPECT_THAT(report.findings, IsEmpty());
  EXPECT_EQ(report.in_part, kImages);
}

}  // namespace
}  // namespace certify
