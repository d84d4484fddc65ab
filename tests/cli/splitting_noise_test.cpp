// Splitting noise with the real program: a certificate without alpha, because all that could be
// drawn is taken, and one of samples.

#include <cmath>
#include <functional>
#include <numbers>
#include <regex>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/npy.h"
#include "core/report/logs/cohen_log.h"
#include "tests/cli/run_fixture.h"

namespace certify {
namespace {

using std::string_literals::operator""s;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

class SplittingNoise : public RunFixture {
 protected:
  /// λ = 0.2: 102 places.
  std::vector<std::string> all(const std::vector<std::string>& more = {},
                               const std::string& noise = "splitting:all") {
    std::vector<std::string> arguments{"--dataset", "shapes", "--model", "model.pt", "--noise",
                                       noise,       "--skip", "50",      "--lambda", "0.2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
};

TEST_F(SplittingNoise, TakesEveryPlaceAndNeedsNoAlpha) {
  const auto result = finish(all({"--out", "R"}));
  const std::string rows = read("R/certificates.tsv");
  EXPECT_THAT(rows, AllOf(HasSubstr("radius_l1_full"), HasSubstr("\t102\t0\t"),
                          HasSubstr("\tenumerated\n"), Not(HasSubstr("noise_alpha"))));
  const auto manifest = nlohmann::json::parse(read("R/manifest.json"));
  EXPECT_EQ(manifest["settings"]["n"], 102);
  EXPECT_EQ(manifest["settings"]["n0"], 0);
  EXPECT_EQ(manifest["settings"]["alpha"], 0);
  EXPECT_THAT(finish({"verify", "R"}).out, HasSubstr("(enumerated), none overclaims"));
  EXPECT_THAT(finish({"verify", "R", "--resample", "3"}).out, HasSubstr("none overclaims"));
  EXPECT_THAT(read("R/report.html"), HasSubstr("average ℓ1 radius (ACR)"));
  for (const RadiusRow& row : read_cohen_log(folder_ / "R").rows) {
    if (row.predicted < 0) continue;
    EXPECT_LT(row.radius * 510, static_cast<double>(row.n_top - row.n_runner_up));
    EXPECT_GT(row.radius * 510 + 1e-9, static_cast<double>(row.n_top - row.n_runner_up));
  }
}

TEST_F(SplittingNoise, IsResumedShardedAndMerged) {
  finish(all({"--out", "whole"}));
  finish(all({"--out", "R"}));
  lose_half("R");
  resume(all({"--out", "R", "--workers", "2"}));
  EXPECT_EQ(samples("R"), samples("whole"));
  EXPECT_EQ(certificates("R"), certificates("whole"));
  finish(all({"--shard", "0/2", "--out", "a"}));
  finish(all({"--shard", "1/2", "--out", "b"}));
  finish({"merge", "a", "b", "--out", "M"});
  EXPECT_EQ(certificates("M"), certificates("whole"));
  finish({"recertify", "R", "--out", "C"});
  const auto with_alpha = run({"recertify", "R", "--alpha", "0.01", "--out", "C"});
  EXPECT_EQ(with_alpha.exit_code, 64);
  EXPECT_THAT(with_alpha.err, HasSubstr("leaves nothing to chance"));
  EXPECT_EQ(run({"verify", "C"}).exit_code, 0);
  EXPECT_EQ(run({"verify", "M"}).exit_code, 0);
}

/// One element decides: the classifier's answer changes at a known level, and the certificate ends
/// there, to half a level.
TEST_F(SplittingNoise, IsTightForALinearClassifier) {
  constexpr std::int64_t kSide = 8;
  folder_.write("x.npy", npy_header("|u1", std::vector<std::int64_t>{1, kSide, kSide, 3}) +
                             std::string(kSide * kSide * 3, '\x64'));
  folder_.write("y.npy", npy_header("<i8", std::vector<std::int64_t>{1}) + "\1\0\0\0\0\0\0\0"s);
  std::vector<float> weights(192, 0);
  weights[77] = 1;
  // With 102 places the middles around level 100 are 49.5 … 150.5 less a half. Class 1 where the
  // middle exceeds that of level 80.
  write_linear_torchscript(folder_ / "linear.pt", weights, -80.25F / 255);
  finish({"--dataset", "arrays", "--images", "x.npy", "--labels", "y.npy", "--model", "linear.pt",
          "--noise", "splitting:all", "--lambda", "0.2", "--out", "R"});
  const RadiusLog log = read_cohen_log(folder_ / "R");
  ASSERT_EQ(log.rows.size(), 1u);
  EXPECT_TRUE(log.rows[0].correct);
  const auto answer_at = [&](int level) {
    const std::string image(kSide * kSide * 3, static_cast<char>(level));  // one element counts
    folder_.write("x.npy",
                  npy_header("|u1", std::vector<std::int64_t>{1, kSide, kSide, 3}) + image);
    finish({"--dataset", "arrays", "--images", "x.npy", "--labels", "y.npy", "--model", "linear.pt",
            "--noise", "splitting:all", "--lambda", "0.2", "--out", "S", "--fresh"});
    return read_cohen_log(folder_ / "S").rows.at(0).predicted;
  };
  const int reach = static_cast<int>(std::floor(log.rows[0].radius * 255));
  EXPECT_GT(reach, 10);
  EXPECT_EQ(answer_at(100 - reach), 1) << reach;
  EXPECT_NE(answer_at(100 - reach - 1), 1) << reach;
}

TEST_F(SplittingNoise, AtRandomIsCertifiedByBounds) {
  finish(all({"--n", "500", "--out", "R"}, "splitting"));
  EXPECT_THAT(read("R/certificates.tsv"),
              AllOf(HasSubstr("radius_l1_full"), HasSubstr("\tcohen\t"), HasSubstr("noise_alpha")));
  finish(all({"--n", "500", "--method", "first-margin", "--out", "F"}, "splitting"));
  for (const char* folder : {"R", "F"}) {
    EXPECT_THAT(finish({"verify", folder}).out, HasSubstr("none overclaims"));
  }
}

TEST_F(SplittingNoise, WhatDoesNotGoWithItIsRefusedByName) {
  const auto refused = [&](const std::vector<std::string>& more, const std::string& noise) {
    auto arguments = all(more, noise);
    arguments.insert(arguments.end(), {"--out", "N"});
    const auto result = run(arguments);
    EXPECT_EQ(result.exit_code, 64) << result.err;
    return result.err;
  };
  for (const char* option : {"--alpha", "--n0", "--select"}) {
    EXPECT_THAT(refused({option, option == "--select"s ? "label" : "0.01"}, "splitting:all"),
                HasSubstr(option));
  }
  EXPECT_THAT(refused({"--n", "1000"}, "splitting:all"),
              HasSubstr("has 102 samples, and all are taken"));
  EXPECT_THAT(refused({"--method", "cohen"}, "splitting:all"),
              HasSubstr("method 'cohen' is not proven for splitting:all noise"));
  EXPECT_THAT(refused({"--method", "enumerated"}, "splitting"),
              HasSubstr("method 'enumerated' is not proven for splitting noise"));
  EXPECT_THAT(refused({"--method", "second-margin"}, "splitting"), HasSubstr("is not proven for"));
  const auto sized = [&](const char* lambda) {
    return run({"--dataset", "shapes", "--model", "model.pt", "--noise", "splitting:all",
                "--lambda", lambda, "--out", "N"});
  };
  EXPECT_THAT(sized("0.003").err, HasSubstr("takes a lambda of whole 510ths"));
  EXPECT_THAT(sized("0.00392156862745098").err, HasSubstr("takes a lambda from 3/510"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "N"));
}

/// Each of these changes one thing of a good run, and `verify` must say so.
TEST_F(SplittingNoise, ATamperedRunIsFound) {
  finish(all({"--out", "R"}));
  finish({"verify", "R"});
  const std::string rows = read("R/certificates.tsv");
  const auto changed = [&](std::size_t column, const std::function<std::string(double)>& to) {
    std::string out;
    std::istringstream lines(rows);
    bool done = false;
    for (std::string line; std::getline(lines, line);) {
      std::vector<std::string> fields;
      std::istringstream stream(line);
      for (std::string field; std::getline(stream, field, '\t');) fields.push_back(field);
      const bool certified = fields[2] != "predict" && fields[2] != "-1";
      if (!done && certified && fields[10] != "0") {
        fields[column] = to(std::atof(fields[column].c_str()));
        done = true;
      }
      for (std::size_t i = 0; i < fields.size(); ++i) out += (i > 0 ? "\t" : "") + fields[i];
      out += "\n";
    }
    return out;
  };
  // idx label predict radius_l1 correct time radius_l1_full p_lower p_upper n_top n_runner_up n
  // alpha sigma method
  const auto by = [](double factor) {
    return [factor](double value) { return fmt::format("{}", value * factor + 1e-9); };
  };
  const auto fixed = [](const char* text) { return [text](double) { return std::string(text); }; };
  const std::vector<std::pair<const char*, std::string>> tampered{
      {"radius", changed(6, by(1.001))},
      {"to the lead", changed(6, by(1))},
      {"printed", changed(3, fixed("1"))},
      {"p_lower", changed(7, by(1.0001))},
      {"p_upper", changed(8, [](double value) { return fmt::format("{}", value * 0.9); })},
      {"n_top", changed(9, fixed("101"))},
      {"n", changed(11, fixed("1020"))},
      {"alpha", changed(12, fixed("0.1"))},
      {"sigma", changed(13, fixed("0.25"))},
      {"method", changed(14, fixed("cohen"))}};
  for (const auto& [what, text] : tampered) {
    ASSERT_NE(text, rows) << what;
    folder_.write("R/certificates.tsv", text);
    const auto result = run({"verify", "R"});
    EXPECT_THAT(result.exit_code, AnyOf(1, 65)) << what << ": " << result.out;
  }
  folder_.write("R/certificates.tsv", rows);
  // The samples are all that there are, and no random ones: no bound may be made of them.
  auto manifest = nlohmann::ordered_json::parse(read("R/manifest.json"));
  manifest["settings"]["method"] = "cohen";
  manifest["settings"]["alpha"] = 0.001;
  manifest["settings"]["select"] = "label";
  manifest.erase("digest");
  folder_.write("R/manifest.json", manifest.dump());
  std::string as_cohen =
      std::regex_replace(rows, std::regex("\t0\t(0\\.[0-9]+)\tenumerated"), "\t0.001\t$1\tcohen");
  folder_.write("R/certificates.tsv", as_cohen);
  const auto result = run({"verify", "R"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out,
              HasSubstr("cohen does not go with this noise, of which nothing is drawn"));
}

TEST_F(SplittingNoise, SweepsBesideOtherNoise) {
  folder_.write("both.json",
                R"({"dataset": "shapes", "model": "model.pt", "lambda": 0.2, "skip": 100,
      "grid": {"noise": ["splitting:all", "uniform"]}})");
  const auto dry = run({"sweep", "both.json", "--dry-run"});
  EXPECT_EQ(dry.exit_code, 0) << dry.err;
  folder_.write("all.json", R"({"dataset": "shapes", "model": "model.pt", "noise": "splitting:all",
      "skip": 100, "grid": {"lambda": [0.1, 0.2]}})");
  finish({"sweep", "all.json", "--out", "S"});
  EXPECT_THAT(read("S/report.html"),
              AllOf(HasSubstr("splitting noise"), HasSubstr("ACR (ℓ1)"),
                    HasSubstr("Images of 8 bits are meant"), Not(HasSubstr("1 − α"))));
}

}  // namespace
}  // namespace certify
