// Rows of runs with a map of sigma, and what tampering with them leads to.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "core/base/files.h"
#include "core/methods/catalogue.h"
#include "core/methods/certify_many.h"
#include "core/report/logs/cohen_log.h"
#include "core/runs/run_folder.h"
#include "core/sigma_map/sigma_map_file.h"
#include "core/verify/verify.h"
#include "tests/runs/example_run.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kImages = 30;

class VerifyEllipsoid : public testing::Test {
 protected:
  VerifyEllipsoid() {
    std::vector<double> sigma;
    for (int i = 0; i < 3072; ++i) sigma.push_back(0.05 + 0.001 * (i * 7 % 900));
    map_ = make_sigma_map({3, 32, 32}, sigma);
    Manifest manifest = example_manifest(kImages);
    manifest.settings.sigma = map_.smallest;
    manifest.settings.sigma_map = map_.sha256;
    const MethodOptions options = manifest.settings.method_options(&map_);
    RunFolder run(run_, manifest, example_indices(kImages), false, &map_);
    for (const std::int64_t index : example_indices(kImages)) {
      const ImageSamples samples = example_samples(index);
      run.append(samples);
      certificates_.push_back(certify_one(samples, find_method("cohen"), options));
    }
    run.close("complete", 1);
    write_rows();
  }
  void write_rows() const {
    std::string text = certificates_header({.ellipsoid = true});
    for (const Certificate& c : certificates_) text += certificates_row(c);
    replace_file(run_ / kCertificatesFile, text);
  }
  std::string findings() const {
    std::string text;
    for (const auto& [where, what] : verify_run(run_).findings) text += where + ": " + what + "\n";
    return text;
  }
  std::string findings_after(const std::function<void(Certificate&)>& tamper) {
    tamper(certificates_[1]);
    write_rows();
    return findings();
  }

  TemporaryFolder folder_;
  std::filesystem::path run_ = folder_ / "run";
  SigmaMap map_;
  std::vector<Certificate> certificates_;
};

TEST_F(VerifyEllipsoid, PassesWhatAMethodMade) {
  EXPECT_THAT(findings(), IsEmpty());
  EXPECT_EQ(verify_run(run_).rows, kImages);
}

TEST_F(VerifyEllipsoid, FindsEachNumberThatWasRaised) {
  EXPECT_THAT(findings_after([](Certificate& c) {
                c.ellipsoid->radius = std::nextafter(std::nextafter(c.ellipsoid->radius, 9), 9);
              }),
              HasSubstr(":3: image 20: radius_mahalanobis"));
  certificates_[1].ellipsoid->radius = 0.1;
  EXPECT_THAT(findings_after([](Certificate& c) { c.ellipsoid->log_area += 1e-8; }),
              HasSubstr("log_area"));
  certificates_[1].ellipsoid->log_area -= 1;
  EXPECT_THAT(findings_after([](Certificate& c) { c.ellipsoid->log_volume += 1e-8; }),
              HasSubstr("log_volume"));
}

TEST_F(VerifyEllipsoid, FindsARadiusThatNoMapCanSupport) {
  EXPECT_THAT(findings_after([](Certificate& c) { c.radius *= 1.0001; }), HasSubstr("radius_full"));
}

TEST_F(VerifyEllipsoid, FindsAnAreaOfWhatAbstains) {
  EXPECT_THAT(findings_after([](Certificate& c) {
                c.predicted = kAbstain;
                c.radius = 0;
                c.ellipsoid->radius = 0;
              }),
              HasSubstr("certifies nothing, but claims log areas"));
}

TEST_F(VerifyEllipsoid, FindsAnotherMap) {
  SigmaMap other = map_;
  other.values[5] *= 1.5;
  write_sigma_map(run_ / kSigmaMapFile, other);
  EXPECT_THAT(findings(), HasSubstr("its hash is"));
}

TEST_F(VerifyEllipsoid, FindsRowsWithoutAnEllipsoid) {
  for (Certificate& c : certificates_) c.ellipsoid.reset();
  std::string text = certificates_header();
  for (const Certificate& c : certificates_) text += certificates_row(c);
  replace_file(run_ / kCertificatesFile, text);
  EXPECT_THAT(findings(), HasSubstr("states no ellipsoid"));
}

TEST_F(VerifyEllipsoid, SaysWhatALoneFileCannotShow) {
  const auto alone = folder_.write("rows.tsv", read_file(run_ / kCertificatesFile));
  const VerifyReport report = verify_rows(alone, ClassFrom::kSeparateSamples);
  EXPECT_THAT(report.findings, IsEmpty());
  ASSERT_EQ(report.notes.size(), 1U);
  EXPECT_THAT(report.notes[0], HasSubstr("log_area and log_volume are not checked"));
}

}  // namespace
}  // namespace certify
