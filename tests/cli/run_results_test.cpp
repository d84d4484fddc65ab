// Each image is certified once: rows, curve and report come from those certificates.

#include "apps/certify/run/run_results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include <spdlog/sinks/ostream_sink.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/report/logs/cohen_log.h"
#include "core/report/pages/report.h"
#include "core/report/sources/reported_runs.h"
#include "core/runs/run_folder.h"
#include "tests/runs/example_run.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kImages = 24;  // enough for a warning of chance

class RunResultsTest : public testing::Test {
 protected:
  static ImageSamples with_gradient(std::int64_t index) {
    ImageSamples samples = example_samples(index);
    samples.gradient = {.tested = 0,
                        .n1 = 50,
                        .n2 = 50,
                        .dimension = 3072,
                        .dot = 0.1,
                        .largest = 0.05,
                        .subspaces = {{"R", 1024, 0.1}}};
    return samples;
  }
  ImageSamples samples(std::int64_t index) const {
    ImageSamples one = manifest_.settings.gradient ? with_gradient(index) : example_samples(index);
    one.seconds = 1e-7 * static_cast<double>(index);  // finer than a row tells
    return one;
  }
  void use_map() {
    std::vector<double> sigma(3072, 0.5);
    sigma[7] = 0.25;
    map_ = make_sigma_map({3, 32, 32}, sigma);
    manifest_.settings.sigma_map = map_->sha256;
  }
  const SigmaMap* map() const { return map_ ? &*map_ : nullptr; }
  std::string rows() const { return read_file(run_ / kCertificatesFile); }

  /// A run that is killed after `before` images and then resumed. @return what it prints
  std::string run_to_the_end(std::int64_t before = 0) {
    const auto indices = example_indices(kImages);
    {
      RunFolder folder(run_, manifest_, indices, false, map());
      for (std::int64_t i = 0; i < before; ++i) folder.append(samples(20 * i));
    }
    RunResults results(manifest_.settings, map());
    RunFolder folder(run_, manifest_, indices, false, map(),
                     [&](const ImageSamples& stored) { results.add(stored); });
    results.begin_rows(run_);
    for (std::int64_t i = before; i < kImages; ++i) {
      folder.append(samples(20 * i));
      const std::string so_far = rows();
      const Certificate& certificate = results.add(samples(20 * i));
      EXPECT_EQ(certificate.index, 20 * i);
      EXPECT_EQ(rows(), so_far + certificates_row(certificate)) << "in the file at once";
    }
    folder.close("complete", 1.5);
    const std::string so_far = rows();
    std::ostringstream out;
    results.finish(folder.manifest(), out, log_);
    EXPECT_EQ(rows(), so_far);
    return out.str();
  }

  /// The files of a report made from what lies in the folder are those that the run wrote.
  void expect_the_report_of_the_folder() {
    const std::vector<ReportedRun> stored = read_reported_runs(run_);
    const std::string title = describe_slice(manifest_of(run_));
    const auto again = folder_ / "again";
    create_folder(again);
    write_report(runs_report(stored, {.title = title, .picture_title = title}), again, {});
    for (const auto& entry : std::filesystem::directory_iterator(again)) {
      EXPECT_EQ(read_file(entry.path()), read_file(run_ / entry.path().filename()))
          << entry.path().filename();
    }
  }

  TemporaryFolder folder_;
  std::filesystem::path run_ = folder_ / "run";
  Manifest manifest_ = example_manifest(kImages);
  std::optional<SigmaMap> map_;
  std::ostringstream logged_;
  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::ostream_sink_st>(logged_)};
};

TEST_F(RunResultsTest, EveryImageHasOneRowInItsPlace) {
  EXPECT_THAT(run_to_the_end(), HasSubstr("run/certificates.tsv"));
  const RadiusLog log = read_cohen_log(run_);
  ASSERT_EQ(log.rows.size(), kImages);
  for (std::int64_t i = 0; i < kImages; ++i) {
    EXPECT_EQ(log.rows[static_cast<std::size_t>(i)].index, 20 * i);
  }
}

TEST_F(RunResultsTest, StoredImagesAreCertifiedWhileTheFolderIsOpened) {
  run_to_the_end();
  const std::string whole = rows();
  std::filesystem::remove_all(run_);
  run_to_the_end(7);
  EXPECT_EQ(rows(), whole);
}

TEST_F(RunResultsTest, NothingIsCertifiedAgainFromTheSamples) {
  RunResults results(manifest_.settings, nullptr);
  RunFolder folder(run_, manifest_, example_indices(kImages), false);
  results.begin_rows(run_);
  for (const std::int64_t index : example_indices(kImages)) results.add(samples(index));
  replace_file(run_ / kSamplesFile, "no samples: who reads them fails\n");
  folder.close("complete", 1.5);
  std::ostringstream out;
  results.finish(folder.manifest(), out, log_);
  EXPECT_THAT(out.str(), HasSubstr("report.html"));
  EXPECT_EQ(read_cohen_log(run_).rows.size(), kImages);
  EXPECT_THAT(logged_.str(), HasSubstr("about chance"));
}

TEST_F(RunResultsTest, TheReportIsThatOfTheFolder) {
  run_to_the_end();
  expect_the_report_of_the_folder();
}

TEST_F(RunResultsTest, TheReportOfAMapIsThatOfTheFolder) {
  use_map();
  EXPECT_THAT(run_to_the_end(3), HasSubstr("log certified area"));
  expect_the_report_of_the_folder();
}

TEST_F(RunResultsTest, TheReportOfOtherRadiiIsThatOfTheFolder) {
  manifest_.settings.method = "first-order";
  manifest_.settings.gradient = true;
  run_to_the_end();
  expect_the_report_of_the_folder();
}

}  // namespace
}  // namespace certify
