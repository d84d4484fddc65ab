// `certify verify --resample`: what a tamperer cannot hide by writing a digest anew.

#include <functional>

#include <fmt/format.h>

#include "core/plan/certifier.h"
#include "core/report/logs/cohen_log.h"
#include "core/runs/digest.h"
#include "core/runs/run_folder.h"
#include "tests/cli/run_fixture.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class Resample : public RunFixture {
 protected:
  static constexpr const char* kAll = "20";  // images of the job

  ProcessResult verify(const std::string& run, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"verify", run};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunFixture::run(arguments);
  }

  /// Changes settings and samples, and makes rows and digest that agree with them.
  void forge(const std::string& run, const std::function<void(Manifest&)>& settings,
             const std::function<void(ImageSamples&)>& samples = {}) {
    const auto folder = folder_ / run;
    Manifest manifest = manifest_of(folder);
    settings(manifest);
    const Certifier certify(manifest.settings);
    const RecordShape shape = record_shape(manifest.settings);
    std::string lines, rows = certificates_header({.noise_alpha = true});
    SampleLogReader reader(folder / kSamplesFile, shape);
    while (auto record = reader.next()) {
      if (samples) samples(*record);
      lines += to_line(*record) + "\n";
      rows += certificates_row(certify(*record));
    }
    replace_file(folder / kSamplesFile, lines);
    SampleLogReader again(folder / kSamplesFile, shape);
    while (again.next()) {
    }
    manifest.digest = run_digest(manifest, again.state().hash.hex());
    write_manifest(folder, manifest);
    replace_file(folder / kCertificatesFile, rows);
    for (const char* file : {kCurveTsvFile, kAccuracyFile, kDistributionFile, kReportFile}) {
      std::filesystem::remove(folder / file);
    }
  }

  /// More votes for the winner of image 100.
  static void raise_votes(ImageSamples& samples) {
    if (samples.index != 100) return;
    auto& votes = samples.estimation.votes;
    const auto top = static_cast<std::size_t>(samples.estimation.top_class());
    for (std::size_t k = 0; k < votes.size(); ++k) {
      if (k != top) votes[top] += std::exchange(votes[k], 0);
    }
  }
};

TEST_F(Resample, TheSameSamplesAreDrawnAgainWhateverWasKeptOfThem) {
  const std::vector<std::vector<std::string>> jobs{
      {"--seed", "9", "--normalize", "cifar10", "--batch", "17"},
      {"--method", "soft-second-betting", "--temperature", "0.05"},
      {"--scores", "matrix", "--shard", "1/2"},
      {"--method", "first-order", "--keep-gradient"},
      {"--stop-at", "0.05"}};
  for (const auto& more : jobs) {
    std::vector<std::string> arguments = job(more, "100");
    arguments.insert(arguments.end(), {"--count", "8", "--out", "R", "--fresh"});
    finish(arguments);
    const auto result = verify("R", {"--resample", "4", "--workers", "2"});
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_THAT(result.err,
                HasSubstr("samples of 4 images drawn again, all equal to those stored: "));
    EXPECT_THAT(result.out, HasSubstr("none overclaims"));
  }
}

TEST_F(Resample, FindsVotesThatWereInvented) {
  finish(job({"--out", "R"}));
  forge(
      "R", [](Manifest&) {}, raise_votes);
  EXPECT_EQ(verify("R", {"--data-dir", ".", "--model", "model.pt"}).exit_code, 0)
      << "nothing else can tell";
  const auto result = verify("R", {"--resample", kAll});
  EXPECT_EQ(result.exit_code, 1) << result.out << result.err;
  EXPECT_THAT(result.out,
              AllOf(ContainsRegex("R/samples.jsonl: image 100: estimation: [0-9]+ of 500 votes are "
                                  "others: class [0-9] has 500, drawn again [0-9]+; these certify "
                                  "[0-9.]+ of class [0-9], those drawn again "),
                    HasSubstr("1 overclaim or contradiction")));
}

TEST_F(Resample, FindsSettingsThatTheSamplesWereNotDrawnWith) {
  finish(job({"--out", "whole"}));
  const std::vector<std::function<void(Manifest&)>> forgeries{
      [](Manifest& m) { m.settings.seed = 8; }, [](Manifest& m) { m.settings.sigma = 0.5; },
      [](Manifest& m) { m.settings.normalize = "cifar10"; }};
  for (const auto& forgery : forgeries) {
    std::filesystem::remove_all(folder_ / "R");
    std::filesystem::copy(folder_ / "whole", folder_ / "R");
    forge("R", forgery);
    EXPECT_EQ(verify("R").exit_code, 0);
    const auto result = verify("R", {"--resample", "5"});
    EXPECT_EQ(result.exit_code, 1) << result.out << result.err;
    EXPECT_THAT(result.out, HasSubstr("drawn again"));
  }
}

TEST_F(Resample, WhereTheArithmeticIsAnotherADifferenceIsNoFinding) {
  finish(job({"--out", "R"}));
  forge("R", [](Manifest& m) { m.settings.libtorch = "0.0.1"; });
  EXPECT_EQ(verify("R", {"--resample", kAll}).exit_code, 0) << "all counts are the same";
  forge(
      "R", [](Manifest&) {}, raise_votes);
  const auto result = verify("R", {"--resample", kAll});
  EXPECT_EQ(result.exit_code, 65) << result.out;
  EXPECT_THAT(result.err, HasSubstr("last votes may differ where the arithmetic does (libtorch: "));
  EXPECT_THAT(result.out, AllOf(HasSubstr("explains a few votes and no more"),
                                Not(HasSubstr("none overclaims"))));
}

TEST_F(Resample, TheSeedChoosesOneImageInEachPart) {
  finish(job({"--out", "R"}, "50"));
  const auto chosen = [&](const std::string& seed) {
    return verify("R", {"--resample", "3", "--resample-seed", seed}).err;
  };
  EXPECT_EQ(chosen("1"), chosen("1"));
  EXPECT_NE(chosen("1"), chosen("2"));
}

TEST_F(Resample, TheImagesMayBeNamed) {
  finish(job({"--out", "R"}));
  forge(
      "R", [](Manifest&) {}, raise_votes);
  const auto untouched = verify("R", {"--resample-index", "150"});
  EXPECT_EQ(untouched.exit_code, 0) << untouched.out << untouched.err;
  EXPECT_THAT(untouched.err,
              HasSubstr("samples of 1 image drawn again, all equal to those stored: 150"));
  const auto found = verify("R", {"--resample-index", "150,100"});
  EXPECT_EQ(found.exit_code, 1);
  EXPECT_THAT(found.out, HasSubstr("R/samples.jsonl: image 100: estimation: "));
  EXPECT_THAT(found.err, HasSubstr("2 images drawn again, 1 not as stored: 100, 150"));
  const auto missing = verify("R", {"--resample-index", "7"});
  EXPECT_EQ(missing.exit_code, 65);
  EXPECT_THAT(missing.err, HasSubstr("no samples of image 7; the run has shapes test: "));
  EXPECT_EQ(verify("R", {"--resample", "2", "--resample-index", "100"}).exit_code, 64);
}

TEST_F(Resample, NeedsARunAndItsNetwork) {
  finish(job({"--out", "R"}, "50"));
  EXPECT_EQ(verify("R/certificates.tsv", {"--resample", "2"}).exit_code, 64);
  EXPECT_EQ(verify("R", {"--resample", "-1"}).exit_code, 64);
  EXPECT_EQ(verify("R", {"--resample", "0"}).exit_code, 64);
  EXPECT_EQ(verify("R", {"--resample", "2", "--model", "gone.pt"}).exit_code, 65);
  std::filesystem::rename(folder_ / "model.pt", folder_ / "moved.pt");
  const auto moved = verify("R", {"--resample", "2"});
  EXPECT_EQ(moved.exit_code, 65);
  EXPECT_THAT(moved.err, ContainsRegex("network is not at .*model.pt.*; --model FILE says where"));
  write_torchscript(folder_ / "other.pt", "return x.flatten(1)[:, :10]");
  const auto result = verify("R", {"--resample", "2", "--model", "other.pt"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, ContainsRegex("model_sha256 is [0-9a-f]+, but other.pt has "));
}

}  // namespace
}  // namespace certify
