// Noise of another size for every element, as a user certifies with it.

#include <array>
#include <functional>
#include <sstream>

#include "core/base/npy.h"
#include "tests/cli/run_fixture.h"
#include "tests/support/source_dir.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class SigmaMapJob : public RunFixture {
 protected:
  SigmaMapJob() {
    write_map("constant.npy", [](int) { return 0.25; });
    write_map("map.npy", [](int i) { return i % 2 == 0 ? 0.1 : 0.4; });
    write_map("other.npy", [](int i) { return i % 3 == 0 ? 0.1 : 0.4; });
  }
  void write_map(const std::string& name, const std::function<double(int)>& sigma) {
    std::string bytes = npy_header("<f8", std::array<std::int64_t, 3>{3, 32, 32});
    for (int i = 0; i < 3072; ++i) {
      const double value = sigma(i);
      bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    folder_.write(name, bytes);
  }
  std::vector<std::string> map_job(const std::string& map,
                                   const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"--dataset", "shapes", "--sigma-map", map,      "--model",
                                       "model.pt",  "--n",    "500",         "--skip", "50"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  static std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> out;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
  }
  /// Without the columns that only maps have.
  static std::string without_ellipsoid(const std::string& rows) {
    std::string out;
    for (std::string line : lines(rows)) {
      for (int i = 0; i < 3; ++i) line.resize(line.rfind('\t'));
      out += line + '\n';
    }
    return out;
  }
  std::string refusal(const std::vector<std::string>& arguments, int code) {
    const ProcessResult result = run(arguments);
    EXPECT_EQ(result.exit_code, code) << result.err;
    return result.err;
  }
};

TEST_F(SigmaMapJob, WithAConstantMapEveryNumberIsThatOfOneSigma) {
  const std::vector<std::vector<std::string>> jobs{
      {"--method", "cohen"},
      {"--method", "two-sided", "--n0", "0"},
      {"--method", "second-margin", "--select", "label"},
      {"--method", "soft-second-betting"},
      {"--method", "soft-first-direct-histogram", "--scores", "histogram"},
      {"--method", "first-order"},
      {"--stop-at", "0.1,0.2"}};
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const std::string plain = "plain" + std::to_string(i), mapped = "mapped" + std::to_string(i);
    std::vector<std::string> more = jobs[i];
    more.insert(more.end(), {"--n", "120", "--skip", "100", "--noise", "gaussian", "--out", plain});
    finish(job(more));
    more.back() = mapped;
    finish(map_job("constant.npy", more));
    EXPECT_EQ(samples(mapped), samples(plain)) << jobs[i][1];
    EXPECT_EQ(without_ellipsoid(certificates(mapped)), certificates(plain)) << jobs[i][1];
    EXPECT_EQ(run({"verify", mapped}).exit_code, 0) << jobs[i][1];
    if (std::filesystem::exists(folder_ / (plain + "/radii.tsv"))) {
      const std::regex time(R"(\t[0-9]:[0-9.:]+\t)");
      EXPECT_EQ(std::regex_replace(read(mapped + "/radii.tsv"), time, "\t"),
                std::regex_replace(read(plain + "/radii.tsv"), time, "\t"));
    }
  }
}

TEST_F(SigmaMapJob, CertificatesTellTheEllipsoidAndVerifyChecksIt) {
  const auto done = finish(map_job("map.npy", {"--out", "R"}));
  EXPECT_THAT(done.out, AllOf(HasSubstr("log certified area"), HasSubstr("abstain (area 0)")));
  EXPECT_THAT(read("R/certificates.tsv"),
              HasSubstr("\tmethod\tradius_mahalanobis\tlog_area\tlog_volume\n"));
  EXPECT_THAT(read("R/manifest.json"), HasSubstr("\"sigma_map\": \"" + sha256_of(read("map.npy"))));
  EXPECT_EQ(read("R/sigma_map.npy"), read("map.npy"));
  EXPECT_THAT(read("R/report.html"),
              AllOf(HasSubstr(sha256_of(read("map.npy"))), HasSubstr("<section id=\"areas\">")));
  finish({"verify", "R"});
  finish({"recertify", "R", "--method", "cohen,two-sided", "--out", "again"});
  EXPECT_EQ(read("again/certificates-cohen.tsv"), read("R/certificates.tsv"));
  finish({"verify", "again"});
}

TEST_F(SigmaMapJob, ImageThatIsNotCertifiedHasNoAreaAndIsCounted) {
  write_map("wide.npy", [](int) { return 30.0; });
  const auto done = finish(map_job("wide.npy", {"--out", "R", "--n", "20"}));
  EXPECT_THAT(done.out, HasSubstr("no image is certified with its label; 20 of 20 abstain"));
  const std::vector<std::string> rows = lines(read("R/certificates.tsv"));
  for (std::size_t i = 1; i < rows.size(); ++i) {
    EXPECT_TRUE(rows[i].ends_with("\t0\t-inf\t-inf")) << rows[i];
  }
  finish({"verify", "R"});
  finish({"curve", "--radius-column", "log_area", "R"});
}

TEST_F(SigmaMapJob, AnotherMapIsAnotherRun) {
  finish(map_job("map.npy", {"--out", "R"}));
  EXPECT_THAT(refusal(map_job("other.npy", {"--out", "R"}), 65), HasSubstr("sigma_map: "));
  EXPECT_THAT(refusal(job({"--out", "R"}), 65), HasSubstr("sigma_map: "));
  finish(map_job("map.npy", {"--out", "R"}));
  finish(map_job("other.npy", {"--out", "R", "--fresh"}));
  EXPECT_EQ(read("R/sigma_map.npy"), read("other.npy"));
}

TEST_F(SigmaMapJob, ShardsMergeToTheWholeRunAndOnlyOfTheSameMap) {
  finish(map_job("map.npy", {"--out", "whole"}));
  finish(map_job("map.npy", {"--out", "a", "--shard", "0/2", "--workers", "1"}));
  finish(map_job("map.npy", {"--out", "b", "--shard", "1/2", "--workers", "3"}));
  finish({"merge", "a", "b", "--out", "merged"});
  EXPECT_EQ(samples("merged"), samples("whole"));
  EXPECT_EQ(certificates("merged"), certificates("whole"));
  finish({"verify", "merged"});
  finish(map_job("other.npy", {"--out", "c", "--shard", "1/2"}));
  EXPECT_THAT(refusal({"merge", "a", "c", "--out", "mixed"}, 65), HasSubstr("sigma_map: "));
}

TEST_F(SigmaMapJob, MapThatWasTamperedWithIsFoundByVerifyAndComesBackOnResuming) {
  finish(map_job("map.npy", {"--out", "R"}));
  folder_.write("R/sigma_map.npy", read("other.npy"));
  EXPECT_THAT(run({"verify", "R"}).out, HasSubstr("its hash is"));
  EXPECT_EQ(run({"verify", "R"}).exit_code, 1);
  EXPECT_THAT(refusal({"recertify", "R"}, 65), HasSubstr("is not the map that"));
  resume(map_job("map.npy", {"--out", "R"}));
  finish({"verify", "R"});
}

TEST_F(SigmaMapJob, MapsThatAreNoneAreRefusedBeforeAnythingIsWritten) {
  write_map("zero.npy", [](int i) { return i == 1033 ? 0.0 : 0.1; });
  write_map("nan.npy", [](int i) { return i == 0 ? std::nan("") : 0.1; });
  EXPECT_THAT(refusal(map_job("zero.npy"), 65), HasSubstr("zero.npy: sigma is 0 at [1, 0, 9]"));
  EXPECT_THAT(refusal(map_job("nan.npy"), 65), HasSubstr("nan.npy: sigma is nan at [0, 0, 0]"));
  EXPECT_THAT(refusal(map_job("gone.npy"), 65), HasSubstr("gone.npy: no such file"));
  folder_.write("short.npy", read("map.npy").substr(0, 4000));
  EXPECT_THAT(refusal(map_job("short.npy"), 65), HasSubstr("bytes of values, expected 24576"));
  std::string small = npy_header("<f8", std::array<std::int64_t, 3>{1, 1, 1});
  const double one = 1;
  small.append(reinterpret_cast<const char*>(&one), sizeof one);
  folder_.write("small.npy", small);
  EXPECT_THAT(refusal(map_job("small.npy"), 65),
              HasSubstr("sigma for 1 × 1 × 1 elements, but images are 3 × 32 × 32"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "runs"));
}

TEST_F(SigmaMapJob, WhatItDoesNotGoWithIsRefused) {
  EXPECT_THAT(refusal(job({"--sigma-map", "map.npy"}), 64), HasSubstr("--sigma and --sigma-map"));
  EXPECT_THAT(refusal(map_job("map.npy", {"--lipschitz", "2"}), 64), HasSubstr("--lipschitz"));
  EXPECT_THAT(refusal({"--dataset", "shapes", "--sigma-map", "map.npy"}, 64), HasSubstr("--model"));
  finish(map_job("map.npy", {"--out", "R", "--method", "first-order"}));
  EXPECT_THAT(refusal({"region", "R", "0"}, 64), HasSubstr("with a map of sigma"));
  EXPECT_THAT(refusal({"recertify", "R", "--lipschitz", "2", "--method", "cohen"}, 64),
              HasSubstr("Lipschitz"));
  EXPECT_THAT(refusal({"recertify", "R", "--sigma", "0.1"}, 64), HasSubstr("a map of sigma"));
}

// Saved by torch 1.13: (0.125 + (arange(3072) % 8) / 64).float().reshape(3, 32, 32)
TEST_F(SigmaMapJob, TensorThatPythonSavedIsTheSameMap) {
  folder_.write("map.pt", read_file(std::filesystem::path(CERTIFY_SOURCE_DIR) /
                                    "tests/cli/fixtures/sigma_map.pt"));
  write_map("same.npy", [](int i) { return 0.125 + i % 8 / 64.0; });
  finish(map_job("map.pt", {"--out", "R"}));
  finish(map_job("same.npy", {"--out", "R"}));  // the same settings: it resumes
  folder_.write("text.pt", "not a tensor");
  EXPECT_THAT(refusal(map_job("text.pt"), 65), HasSubstr("text.pt: not a file of one tensor"));
}

TEST_F(SigmaMapJob, CurvesOverAreasPutOneSigmaBesideMaps) {
  finish(job({"--out", "iso"}));
  finish(map_job("map.npy", {"--out", "map"}));
  const auto curve = finish(
      {"curve", "--radius-column", "log_area", "iso", "map", "--svg", "c.svg", "--tsv", "c.tsv"});
  EXPECT_THAT(curve.out, StartsWith("log area"));
  EXPECT_THAT(read("c.svg"), HasSubstr("log certified area O_CA"));
  EXPECT_THAT(read("c.tsv"), AllOf(StartsWith("run\tlog_area\taccuracy\n"), HasSubstr("\t-inf\t")));
  const auto front = finish(
      {"curve", "--radius-column", "log_volume", "--blanket", "iso", "map", "--svg", "b.svg"});
  EXPECT_THAT(front.out,
              AllOf(HasSubstr("mean log area"), HasSubstr("isotropic"), HasSubstr("maps")));
  EXPECT_THAT(refusal({"curve", "--blanket", "iso"}, 64), HasSubstr("--radius-column log_area"));
  EXPECT_THAT(refusal({"curve", "--radius-column", "log_area,radius", "map"}, 64),
              HasSubstr("no axis in common"));
  EXPECT_THAT(refusal({"curve", "--radius-column", "log_area", "iso/certificates.tsv"}, 65),
              HasSubstr("no column 'log_area'"));
}

TEST_F(SigmaMapJob, SweepsTakeMapsBesideOneSigma) {
  folder_.write("e.json", R"({"dataset":"shapes","model":"model.pt","skip":50,"n":300,"n0":20,
      "workers":1,"runs":[{"name":"iso1","sigma":0.25},{"name":"iso2","sigma":0.4},
      {"name":"map1","sigma_map":"map.npy"},{"name":"map2","sigma_map":"other.npy"}],
      "outputs":{"areas":{"x":"log-area"},"margins":{"kind":"table","x":"second-margin","at":[0.1]},
      "front":{"x":"log-volume","y":"clean-accuracy"}}})");
  finish({"sweep", "e.json", "--out", "S"});
  EXPECT_THAT(read("S/areas.tsv"), AllOf(HasSubstr("\tlog_area\t"), HasSubstr("map")));
  EXPECT_THAT(read("S/front.tsv"), AllOf(HasSubstr("one σ"), HasSubstr("maps of σ")));
  EXPECT_THAT(read("S/margins.tsv"), HasSubstr("map"));
  folder_.write("both.json", R"({"dataset":"shapes","sigma":1,"sigma_map":"map.npy"})");
  EXPECT_THAT(refusal({"sweep", "both.json", "--dry-run"}, 64),
              HasSubstr("the noise has one or the other"));
}

TEST_F(SigmaMapJob, ShowDrawsTheMap) {
  const auto shown = finish({"show", "--sigma-map", "map.npy", "--out", "map.png"});
  EXPECT_THAT(shown.out, HasSubstr("black is 0.1, white 0.4"));
  EXPECT_THAT(read("map.png"), StartsWith("\x89PNG"));
  EXPECT_THAT(refusal({"show", "--sigma-map", "map.npy", "--out", "map.svg"}, 64),
              HasSubstr(".png"));
}

}  // namespace
}  // namespace certify
