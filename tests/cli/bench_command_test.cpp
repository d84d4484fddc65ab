// `certify bench`: what it says of its own measurements. How fast anything is, no test asks.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "core/base/files.h"
#include "tests/support/certify_process.h"
#include "tests/support/source_dir.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

double median_rate(const json& row) {
  std::vector<double> rates;
  for (const json& m : row.at("rounds")) {
    rates.push_back(m.at("samples").get<double>() / m.at("seconds").get<double>());
  }
  std::sort(rates.begin(), rates.end());
  return rates.size() % 2 == 1 ? rates[rates.size() / 2]
                               : (rates[rates.size() / 2 - 1] + rates[rates.size() / 2]) / 2;
}

TEST(BenchCommand, WritesEveryRowWithItsRounds) {
  const TemporaryFolder folder;
  const auto result = run_certify({"bench", "--device", "cpu", "--seconds", "0.02", "--rounds", "2",
                                   "--workers", "2", "--json", "bench.json"},
                                  {folder.path(), {}, 0});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("engine, one worker"));
  const json bench = json::parse(read_file(folder / "bench.json"));
  EXPECT_EQ(bench.at("schema"), 2);
  EXPECT_GE(bench.at("machine").at("cores"), 1);
  EXPECT_EQ(bench.at("device"), "cpu");

  std::map<std::string, json> rows;
  for (const json& row : bench.at("rows")) rows[row.at("key")] = row;
  std::vector<std::string> keys;
  for (const auto& [key, row] : rows) keys.push_back(key);
  EXPECT_THAT(keys, UnorderedElementsAre("engine-one-worker", "engine", "engine-small-n"));
  EXPECT_EQ(rows.at("engine").at("threads"), 2);
  for (const auto& [key, row] : rows) {
    EXPECT_EQ(row.at("rounds").size(), 2U) << key;
    EXPECT_DOUBLE_EQ(row.at("samples_per_s"), median_rate(row)) << key;
    EXPECT_LE(row.at("min"), row.at("max")) << key;
    EXPECT_GT(row.at("peak_mb"), 1) << key;
  }
}

TEST(BenchCommand, TimesADenoiserWithTheNetworkBehindIt) {
  const TemporaryFolder folder;
  const std::string weights = std::string(CERTIFY_SOURCE_DIR) + "/models/weights/";
  const auto result =
      run_certify({"bench", "--device", "cpu", "--seconds", "0.02", "--rounds", "1", "--workers",
                   "1", "--json", "b.json", "--model", weights + "shapes_cnn5_sigma0.pt",
                   "--denoiser", weights + "shapes_denoiser_dncnn-small_sigma0.25.pt"},
                  {folder.path(), {}, 0});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json bench = json::parse(read_file(folder / "b.json"));
  EXPECT_EQ(bench.at("denoiser"), "shapes_denoiser_dncnn-small_sigma0.25");
  EXPECT_EQ(bench.at("denoiser_sha256"),
            sha256_of_file(weights + "shapes_denoiser_dncnn-small_sigma0.25.pt"));
}

TEST(BenchCommand, TakesTheSizeOfNoiseOnACubeAsLambdaToo) {
  const TemporaryFolder folder;
  const auto result =
      run_certify({"bench", "--device", "cpu", "--seconds", "0.02", "--rounds", "1", "--workers",
                   "1", "--json", "b.json", "--noise", "splitting", "--lambda", "0.5"},
                  {folder.path(), {}, 0});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json bench = json::parse(read_file(folder / "b.json"));
  EXPECT_NEAR(bench.at("sigma"), 0.5 / std::sqrt(3.0), 1e-15);
  EXPECT_THAT(bench.at("noise").get<std::string>(), HasSubstr("splitting"));
}

TEST(BenchCommand, SaysWhatIsWrongWithItsOptions) {
  const TemporaryFolder folder;
  const auto failure = [&](const std::vector<std::string>& arguments) {
    const auto result = run_certify(arguments, {folder.path(), {}, 0});
    EXPECT_NE(result.exit_code, 0);
    return result.err;
  };
  EXPECT_THAT(failure({"bench", "--shape", "3,32"}), HasSubstr("--shape 3,32: expected C,H,W"));
  EXPECT_THAT(failure({"bench", "--denoiser", "d.pt"}), HasSubstr("--denoiser: say by --model"));
  EXPECT_THAT(failure({"bench", "--rounds", "0"}), HasSubstr("--rounds 0"));
  EXPECT_THAT(failure({"bench", "--lambda", "-1", "--noise", "uniform"}), HasSubstr("--lambda -1"));
  EXPECT_THAT(failure({"bench", "--lambda", "1"}), HasSubstr("--noise uniform"));
  EXPECT_THAT(failure({"bench", "--lambda", "1", "--sigma", "1"}), HasSubstr("--lambda"));
  EXPECT_THAT(failure({"bench", "--seconds", "nan"}), HasSubstr("--seconds nan"));
}

}  // namespace
}  // namespace certify
