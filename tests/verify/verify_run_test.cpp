// Runs as `certify` leaves them, and what tampering with them leads to.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

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

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::int64_t kImages = 30;

class VerifyRun : public testing::Test {
 protected:
  /// A run, and the rows that its method gives.
  void make_run(const std::string& method, Selection select = Selection::kSeparate,
                double alpha = 0.001) {
    std::filesystem::remove_all(run_);
    Manifest manifest = example_manifest(kImages);
    manifest.settings.method = method;
    manifest.settings.select = select;
    manifest.settings.alpha = alpha;
    RunFolder run(run_, manifest, example_indices(kImages), false);
    certificates_.clear();
    std::vector<ImageSamples> all;
    for (const std::int64_t index : example_indices(kImages)) {
      const ImageSamples samples = example_samples(index);
      all.push_back(samples);
      certificates_.push_back(
          find_method(method).certify(samples, manifest.settings.method_options()));
    }
    run.append(all);
    run.close("complete", 1);
    write_rows();
  }
  void write_rows() const {
    const bool predicts = certificates_[0].method == "predict";
    std::string text = predicts ? predictions_header() : certificates_header();
    for (const Certificate& c : certificates_) {
      text += predicts ? predictions_row(c) : certificates_row(c);
    }
    replace_file(run_ / (predicts ? kPredictionsFile : kCertificatesFile), text);
  }
  /// The run with one of its rows changed: image 20's, in line 3.
  std::string findings_after(const std::function<void(Certificate&)>& tamper) {
    make_run("cohen");
    tamper(certificates_[1]);
    write_rows();
    return findings();
  }
  std::string findings() const {
    std::string text;
    for (const auto& [where, what] : verify_run(run_).findings) text += where + ": " + what + "\n";
    return text;
  }
  void replace_in(const char* file, const std::string& from, const std::string& to) const {
    std::string text = read_file(run_ / file);
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    replace_file(run_ / file, text.replace(at, from.size(), to));
  }

  TemporaryFolder folder_;
  std::filesystem::path run_ = folder_ / "run";
  std::vector<Certificate> certificates_;
};

TEST_F(VerifyRun, PassesEveryMethodOnCountsWithEverySelection) {
  for (const char* method : {"cohen", "two-sided", "predict", "first-margin", "lecuyer", "li"}) {
    for (const Selection select : {Selection::kSeparate, Selection::kSame, Selection::kLabel}) {
      for (const double alpha : {0.3, 0.001, 1e-9}) {
        make_run(method, select, alpha);
        EXPECT_THAT(findings(), IsEmpty()) << method << " " << to_string(select) << " " << alpha;
        EXPECT_EQ(verify_run(run_).rows, kImages);
      }
    }
  }
}

TEST_F(VerifyRun, PassesSecondMargins) {
  make_run("second-margin");
  EXPECT_THAT(findings(), IsEmpty());
}

class VerifyStoppedRun : public VerifyRun {
 protected:
  /// A run with --stop-at in which two images of three were stopped.
  void make_stopped_run(const std::string& method = "cohen-sequential") {
    Manifest manifest = example_manifest(3);
    manifest.settings.method = method;
    manifest.settings.n = 1000;
    manifest.settings.stop_at = {0.25};
    std::vector<ImageSamples> all;
    for (const auto& [drawn, stopped] : {std::pair{256, StopReason::kCertified},
                                         {128, StopReason::kHopeless},
                                         {1000, StopReason::kNone}}) {
      ImageSamples samples = example_samples(static_cast<std::int64_t>(20 * all.size()));
      samples.estimation = {{drawn - 5, 5, 0}, 0};
      samples.stopped = stopped;
      all.push_back(samples);
    }
    RunFolder run(run_, manifest, example_indices(3), true);
    run.append(all);
    run.close("complete", 1);
    for (ImageSamples& samples : all) {
      if (method == "cohen") samples.stopped = StopReason::kNone;  // as if it did not matter
      certificates_.push_back(
          find_method(method).certify(samples, manifest.settings.method_options()));
    }
    write_rows();
  }
};

TEST_F(VerifyStoppedRun, PassesWhatItsRecordsAllow) {
  make_stopped_run();
  EXPECT_EQ(certificates_[0].n, 256);
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(VerifyStoppedRun, FindsAStoppedImageThatClaimsAllWereDrawn) {
  make_stopped_run();
  ImageSamples samples = example_samples(0);
  samples.estimation = {{251, 5, 0}, 0};
  certificates_[0] =
      find_method("cohen-sequential").certify(samples, {.noise = gaussian_noise(0.25)});
  write_rows();
  EXPECT_THAT(findings(), HasSubstr("method is cohen-sequential (all n), the settings say"));
  // Without the run, other rows still show that more were planned.
  const auto alone = verify_rows(run_ / kCertificatesFile, ClassFrom::kSeparateSamples);
  ASSERT_EQ(alone.findings.size(), 1u);
  EXPECT_THAT(alone.findings[0].what, HasSubstr("but another row has 1000"));
}

TEST_F(VerifyStoppedRun, FindsAMethodThatStoppingMakesInvalid) {
  make_stopped_run("cohen");
  EXPECT_THAT(findings(), HasSubstr("image 40: its samples decided how many were drawn"));
}

// Ten tampered runs.

TEST_F(VerifyRun, Tampered1RadiusOneUnitInTheLastPlaceAboveTheLastSoundOne) {
  make_run("cohen");
  Certificate& c = certificates_[1];
  ASSERT_GT(c.radius, 0);
  // Our radii are rounded down by some units more than needed: go up to the last that passes.
  int units = 0;
  double sound = c.radius;
  while (findings().empty() && units < 200) {
    sound = c.radius;
    c.radius = std::nextafter(c.radius, 1.0);
    write_rows();
    ++units;
  }
  EXPECT_LT(units, 200);
  EXPECT_THAT(findings(),
              AllOf(HasSubstr("certificates.tsv:3: image 20: radius_full"), HasSubstr("allowed")));
  // That it is the last one says long double at the same place, by another formula.
  const long double needed = static_cast<long double>(c.p_upper);
  const auto rest = [&](double radius) {
    return 0.5L * std::erfc(static_cast<long double>(radius) / 0.25L / std::sqrt(2.0L));
  };
  EXPECT_GE(rest(sound) * (1 + 1e-17L), needed);
  EXPECT_LT(rest(c.radius), needed);
}

TEST_F(VerifyRun, Tampered2PrintedRadiusOneUnitTooLarge) {
  make_run("cohen");
  const std::string row = certificates_row(certificates_[1]);
  const std::size_t digit = row.find("0.") + 4;
  std::string more = row;
  ASSERT_NE(more[digit], '9');
  ++more[digit];
  replace_in(kCertificatesFile, row, more);
  EXPECT_THAT(findings(), HasSubstr("is above radius_full"));
}

TEST_F(VerifyRun, Tampered3LowerBound) {
  EXPECT_THAT(findings_after([](Certificate& c) { c.p_lower *= 1 + 1e-9; }),
              HasSubstr("certificates.tsv:3: image 20: p_lower claims too much"));
}

TEST_F(VerifyRun, Tampered4UpperBound) {
  EXPECT_THAT(findings_after([](Certificate& c) { c.p_upper *= 1 - 1e-9; }),
              HasSubstr("p_upper claims too much"));
}

TEST_F(VerifyRun, Tampered5Counts) {
  EXPECT_THAT(
      findings_after([](Certificate& c) { ++c.n_top, --c.n_runner_up; }),
      AllOf(HasSubstr("n_top is 90, stored is 89"), HasSubstr("n_runner_up is 9, stored is 10")));
}

TEST_F(VerifyRun, Tampered6Prediction) {
  EXPECT_THAT(findings_after([](Certificate& c) { c.predicted = c.label; }),
              HasSubstr("predict is 1, stored is 0"));
}

TEST_F(VerifyRun, Tampered7Correct) {
  make_run("cohen");
  const std::string row = certificates_row(certificates_[1]);
  std::string changed = row;
  changed.replace(row.find("\t0\t0:00:"), 3, "\t1\t");
  replace_in(kCertificatesFile, row, changed);
  EXPECT_THAT(findings(), HasSubstr("correct is 1, but predict is 0 and label is 1"));
}

TEST_F(VerifyRun, Tampered8Alpha) {
  EXPECT_THAT(findings_after([](Certificate& c) { c.alpha = 0.01; }),
              HasSubstr("alpha is 0.01, the settings say 0.001"));
  make_run("cohen");  // the manifest says less than the rows were made with
  replace_in(kManifestFile, "\"alpha\": 0.001", "\"alpha\": 0.0001");
  EXPECT_THAT(findings(), HasSubstr("alpha is 0.001, the settings say 0.0001"));
}

TEST_F(VerifyRun, Tampered9Sigma) {
  EXPECT_THAT(findings_after([](Certificate& c) { c.sigma = 0.5, c.radius *= 2; }),
              HasSubstr("sigma is 0.5, the settings say 0.25"));
}

TEST_F(VerifyRun, Tampered10StoredCountsWithAFittingChecksum) {
  make_run("cohen");
  ImageSamples samples = example_samples(20);
  const std::string before = to_line(samples);
  --samples.estimation.votes[0];
  ++samples.estimation.votes[2];
  replace_in(kSamplesFile, before, to_line(samples));
  EXPECT_THAT(findings(), HasSubstr("n_top is 89, stored is 88"));
}

TEST_F(VerifyRun, TamperedLabelImageOrMethod) {
  EXPECT_THAT(findings_after([](Certificate& c) { c.label = c.predicted; }),
              HasSubstr("label is 0, stored is 1"));
  EXPECT_THAT(findings_after([](Certificate& c) { c.index = 21; }),
              HasSubstr("the stored samples here are of image 20"));
  EXPECT_THAT(findings_after([](Certificate& c) { c.method = "two-sided"; }),
              HasSubstr("method is two-sided, the settings say cohen"));
}

TEST_F(VerifyRun, AClassFromTheSameSamplesMayNotSpendAllOfAlpha) {
  make_run("cohen");  // rows that spend all of it
  replace_in(kManifestFile, "\"select\": \"n0\"", "\"select\": \"same\"");
  EXPECT_THAT(findings(), HasSubstr("allowed 0.0005"));
}

TEST_F(VerifyRun, MissingAndAddedRowsAreTold) {
  make_run("cohen");
  certificates_.pop_back();
  write_rows();
  EXPECT_THAT(findings(), HasSubstr("29 rows for 30 stored images"));
  certificates_.resize(kImages + 1, certificates_[0]);
  certificates_[kImages - 1].index = 20 * (kImages - 1);
  write_rows();
  EXPECT_THAT(findings(), HasSubstr("31 rows for 30 stored images"));
}

TEST_F(VerifyRun, AnUnfinishedRunMayLackItsLastRows) {
  make_run("cohen");
  Manifest manifest = manifest_of(run_);
  manifest.state = "running";
  manifest.digest.clear();
  write_manifest(run_, manifest);
  certificates_.pop_back();
  write_rows();
  const VerifyReport report = verify_run(run_);
  EXPECT_THAT(report.findings, IsEmpty());
  ASSERT_EQ(report.notes.size(), 2U);
  EXPECT_THAT(report.notes[0], HasSubstr("1 of 30 stored images have no row yet"));
  EXPECT_THAT(report.notes[1], HasSubstr("not finished (running); 30 images are stored"));
}

TEST_F(VerifyRun, OfARunFromBeforeThereWasADigestAllElseIsChecked) {
  make_run("cohen");
  Manifest manifest = manifest_of(run_);
  manifest.digest.clear();
  manifest.dataset_images = 0;
  write_manifest(run_, manifest);
  EXPECT_THAT(findings(), HasSubstr("has no digest"));
  manifest.settings.absent_keys = {"batch_dependent"};  // which came later
  write_manifest(run_, manifest);
  VerifyReport report = verify_run(run_);
  EXPECT_THAT(findings(), IsEmpty());
  ASSERT_EQ(report.notes.size(), 2U);
  EXPECT_THAT(report.notes[0], HasSubstr("how many images the data set has is not stored"));
  EXPECT_THAT(report.notes[1], HasSubstr("no digest"));
  manifest.settings.skip = 10;
  write_manifest(run_, manifest);
  EXPECT_THAT(findings(), HasSubstr("samples.jsonl:2: image 20: the slice"));
}

TEST_F(VerifyRun, LoneRowsAreCheckedByThemselves) {
  make_run("cohen");
  const auto file = folder_ / "lone.tsv";
  std::filesystem::copy_file(run_ / kCertificatesFile, file);
  const VerifyReport report = verify_path(file, std::nullopt);
  EXPECT_THAT(report.findings, IsEmpty());
  EXPECT_THAT(report.notes, testing::ElementsAre(HasSubstr("--select same if not")));
  EXPECT_THAT(verify_path(file, ClassFrom::kSameSamples).findings, Not(IsEmpty()));
  replace_file(folder_ / "recertify.json", R"({"select": "same"})");
  EXPECT_THAT(verify_path(file, std::nullopt).findings, Not(IsEmpty()));
}

TEST_F(VerifyRun, LoneRowsMayNotRepeatAnImage) {
  make_run("cohen");
  certificates_.push_back(certificates_[0]);
  write_rows();
  const VerifyReport report = verify_rows(run_ / kCertificatesFile, ClassFrom::kLabel);
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_THAT(report.findings[0].what, HasSubstr("was already in line 2"));
}

TEST_F(VerifyRun, AFolderThatIsNothingIsRefused) {
  EXPECT_THROW(verify_path(folder_.path(), std::nullopt), DataError);
  EXPECT_THROW(verify_run(folder_.path()), DataError);
}

}  // namespace
}  // namespace certify
