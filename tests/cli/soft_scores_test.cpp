// Soft outputs, from sampling to certificates made again without sampling.

#include <nlohmann/json.hpp>

#include "tests/cli/run_fixture.h"

namespace certify {
namespace {

using testing::HasSubstr;

class SoftScores : public RunFixture {
 protected:
  /// The rows that recertify makes of a run, times aside.
  std::string recertified(const std::string& run, const std::string& method,
                          std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"recertify", run, "--method", method, "--out", "again"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::filesystem::remove_all(folder_ / "again");
    finish(arguments);
    return std::regex_replace(read("again/certificates-" + method + ".tsv"),
                              std::regex(R"(\t[0-9]:[0-9.:]+\t)"), "\t");
  }
};

TEST_F(SoftScores, ARunByASoftMethodKeepsWhatItNeeds) {
  finish(job({"--method", "soft-second-betting", "--temperature", "0.05", "--out", "R"}));
  const auto m = nlohmann::json::parse(read("R/manifest.json"));
  EXPECT_EQ(m["settings"]["scores"], "trace");
  EXPECT_EQ(m["settings"]["temperature"], 0.05);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "R/scores/0.npy"));
  EXPECT_EQ(recertified("R", "soft-second-betting"), certificates("R"));
  EXPECT_NE(recertified("R", "cohen"), certificates("R"));
}

TEST_F(SoftScores, AMatrixLetsTheTemperatureBeChangedAfterwards) {
  finish(job({"--scores", "matrix", "--out", "M"}));
  finish(job({"--scores", "trace", "--temperature", "0.1", "--out", "T"}));
  EXPECT_EQ(samples("M").substr(0, 60), samples("T").substr(0, 60))
      << "the same noise, the same votes";
  const std::string method = "soft-first-direct-empirical-bernstein";
  EXPECT_EQ(recertified("M", method, {"--temperature", "0.1"}), recertified("T", method));
  EXPECT_NE(recertified("M", method), recertified("T", method));
}

TEST_F(SoftScores, SurviveInterruptionAndWorkers) {
  finish(job({"--scores", "histogram", "--workers", "1", "--out", "whole"}));
  finish(job({"--scores", "histogram", "--workers", "3", "--count", "20", "--out", "other"}));
  EXPECT_EQ(samples("whole"), samples("other"));
  lose_half("whole");
  resume(job({"--scores", "histogram", "--workers", "2", "--out", "whole"}));
  EXPECT_EQ(samples("whole"), samples("other")) << "hashes of the score files included";
}

TEST_F(SoftScores, ImpossibleCombinationsAreRefused) {
  const auto refusal = [&](const std::vector<std::string>& more) {
    const auto result = run(job(more));
    EXPECT_EQ(result.exit_code, 64) << result.err;
    return result.err;
  };
  EXPECT_THAT(refusal({"--method", "soft-second-betting", "--scores", "none"}),
              HasSubstr("--scores trace"));
  EXPECT_THAT(refusal({"--scores", "trace", "--n0", "0"}), HasSubstr("--select n0 or label"));
  EXPECT_THAT(refusal({"--scores", "some"}), HasSubstr("none, trace, histogram, matrix"));
  EXPECT_THAT(refusal({"--scores", "trace", "--temperature", "0"}), HasSubstr("--temperature 0"));
  EXPECT_THAT(refusal({"--scores", "trace", "--score-link", "argmax"}),
              HasSubstr("softmax, sparsemax"));
}

}  // namespace
}  // namespace certify
