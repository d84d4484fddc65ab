// Uniform noise and the ℓ1 radii that it proves, with the real program: sampled, certified, drawn,
// checked, and kept apart from ℓ2 radii.

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/npy.h"
#include "core/report/logs/cohen_log.h"
#include "tests/cli/run_fixture.h"

namespace certify {
namespace {

using std::string_literals::operator""s;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

class UniformNoise : public RunFixture {
 protected:
  std::vector<std::string> uniform(const std::vector<std::string>& more = {},
                                   const std::string& n = "500") {
    std::vector<std::string> all{"--noise", "uniform"};
    all.insert(all.end(), more.begin(), more.end());
    return job(all, n);
  }

  void write_grey_image() {
    constexpr std::int64_t kSide = 8;
    folder_.write("x.npy", npy_header("|u1", std::vector<std::int64_t>{1, kSide, kSide, 3}) +
                               std::string(kSide * kSide * 3, '\x64'));
    folder_.write("y.npy", npy_header("<i8", std::vector<std::int64_t>{1}) + "\1\0\0\0\0\0\0\0"s);
  }
};

TEST_F(UniformNoise, NamesOfRunsAndTheirFoldersSayLambda) {
  for (const char* noise : {"uniform", "uniform:4"}) {
    std::vector<std::string> typed = job({"--noise", noise, "--lambda", "0.3"}, "100");
    const auto sigma = std::ranges::find(typed, "--sigma");
    ASSERT_NE(sigma, typed.end());
    typed.erase(sigma, sigma + 2);
    const auto result = finish(typed);
    EXPECT_THAT(result.err, HasSubstr(fmt::format("{} noise, λ = 0.3 (in units of", noise)));
    EXPECT_THAT(result.out, HasSubstr(fmt::format("model, {} noise, λ = 0.3, cohen", noise)));
  }
  EXPECT_TRUE(fs::exists(folder_ / "runs/shapes-model-lambda0.3-n100-uniform"));
  EXPECT_TRUE(fs::exists(folder_ / "runs/shapes-model-lambda0.3-n100-uniform-4"));
}

/// A network that looks at one element has a known ℓ1 radius: how far that element is from the
/// border. The certificate comes within what n samples leave open of it, and never beyond.
TEST_F(UniformNoise, IsTightForALinearClassifier) {
  write_grey_image();
  const double distance = 30.5 / 255;  // halfway between two levels
  std::vector<float> weights(192, 0);
  weights[77] = 1;
  write_linear_torchscript(folder_ / "linear.pt", weights,
                           static_cast<float>(distance - 100.0 / 255));
  for (const char* noise : {"uniform", "uniform:4"}) {
    for (const char* method : {"cohen", "first-margin", "two-sided"}) {
      finish({"--dataset", "arrays", "--images", "x.npy", "--labels", "y.npy", "--model",
              "linear.pt", "--noise", noise, "--lambda", "0.2", "--n", "40000", "--method", method,
              "--out", "R", "--fresh"});
      const RadiusLog log = read_cohen_log(folder_ / "R");
      ASSERT_EQ(log.rows.size(), 1u);
      EXPECT_EQ(log.norm, "l1");
      EXPECT_TRUE(log.rows[0].correct);
      EXPECT_LE(log.rows[0].radius, distance) << noise << " " << method;
      EXPECT_GE(log.rows[0].radius, 0.94 * distance) << noise << " " << method;
      EXPECT_THAT(finish({"verify", "R"}).out, HasSubstr("none overclaims"));
    }
  }
}

/// With weights everywhere the distance to the border is that of the margin over the largest one.
TEST_F(UniformNoise, DoesNotOverclaimForALinearClassifierOfAllElements) {
  write_grey_image();
  std::vector<float> weights(192);
  double sum = 0, largest = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    weights[i] = static_cast<float>(static_cast<int>(i * 37 % 21) - 10) / 10.0F;
    sum += double{weights[i]} * 100 / 255;
    largest = std::max(largest, std::abs(double{weights[i]}));
  }
  const double margin = 0.35;
  write_linear_torchscript(folder_ / "linear.pt", weights, static_cast<float>(margin - sum));
  finish({"--dataset", "arrays", "--images", "x.npy", "--labels", "y.npy", "--model", "linear.pt",
          "--noise", "uniform", "--sigma", "0.1", "--n", "20000", "--out", "R"});
  const RadiusLog log = read_cohen_log(folder_ / "R");
  EXPECT_GT(log.rows.at(0).radius, 0);
  EXPECT_LT(log.rows.at(0).radius, margin / largest);
}

TEST_F(UniformNoise, SaysInEveryFileThatItsRadiiAreL1) {
  finish(uniform({"--out", "R"}));
  EXPECT_THAT(read("R/certificates.tsv"),
              AllOf(HasSubstr("idx\tlabel\tpredict\tradius_l1\tcorrect\ttime\tradius_l1_full\t"),
                    HasSubstr("\tmethod\tnoise_alpha\n")));
  EXPECT_THAT(read("R/curve.tsv"), HasSubstr("radius_l1\taccuracy"));
  EXPECT_THAT(read("R/distribution.tsv"), HasSubstr("\nradius_l1\t"));
  EXPECT_THAT(read("R/accuracy.tsv"), HasSubstr("ℓ1 radius\t"));
  EXPECT_THAT(read("R/report.html"),
              AllOf(HasSubstr("average ℓ1 radius (ACR)"), Not(HasSubstr("average radius (ACR)"))));
  EXPECT_THAT(read("R/report.html"),
              AllOf(HasSubstr("under uniform noise of standard deviation"),
                    HasSubstr("within the ℓ<sub>1</sub> radius"), Not(HasSubstr("Gaussian"))));
  EXPECT_THAT(finish({"curve", "R", "--svg", "c.svg"}).out, HasSubstr("ACR (ℓ1)"));
  EXPECT_THAT(read("c.svg"), Not(HasSubstr("ℓ2")));
  finish({"show", "100", "--run", "R", "--out", "image.svg"});
  EXPECT_THAT(read("image.svg"), HasSubstr("Certified ℓ1 radius"));
}

TEST_F(UniformNoise, IsResumedShardedMergedRecertifiedAndVerified) {
  finish(uniform({"--out", "whole"}));
  finish(uniform({"--out", "R"}));
  lose_half("R");
  resume(job({"--out", "R"}));  // it keeps its noise
  EXPECT_EQ(samples("R"), samples("whole"));
  EXPECT_EQ(certificates("R"), certificates("whole"));
  finish(uniform({"--shard", "0/2", "--out", "a"}));
  finish(uniform({"--shard", "1/2", "--out", "b", "--workers", "2"}));
  finish({"merge", "a", "b", "--out", "M"});
  EXPECT_EQ(certificates("M"), certificates("whole"));
  finish({"recertify", "R", "--method", "cohen,two-sided,first-margin", "--out", "C"});
  EXPECT_THAT(read("C/certificates-first-margin.tsv"), HasSubstr("radius_l1_full"));
  for (const char* folder : {"whole", "R", "a", "b", "M", "C"}) {
    const auto result = run({"verify", folder});
    EXPECT_EQ(result.exit_code, 0) << folder << result.out << result.err;
  }
  EXPECT_THAT(finish({"verify", "R", "--resample", "2"}).out, HasSubstr("none overclaims"));
}

TEST_F(UniformNoise, CertifiesByScoresAndEarly) {
  finish(uniform({"--out", "S", "--method", "soft-second-betting"}, "300"));
  finish(uniform({"--out", "D", "--method", "soft-first-direct-histogram"}, "300"));
  finish(uniform({"--out", "E", "--stop-at", "0.1"}, "3000"));
  for (const char* folder : {"S", "D", "E"}) {
    const auto result = run({"verify", folder});
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_THAT(read(std::string(folder) + "/certificates.tsv"), HasSubstr("radius_l1_full"));
  }
}

TEST_F(UniformNoise, LambdaIsAnotherWayToSayItsSize) {
  finish(job({"--out", "R", "--noise", "uniform"}));
  std::vector<std::string> by_lambda = job({"--out", "L", "--noise", "uniform"});
  const auto sigma = std::ranges::find(by_lambda, "--sigma");
  *sigma = "--lambda";
  *(sigma + 1) = fmt::format("{}", 0.25 * std::numbers::sqrt3);
  finish(by_lambda);
  EXPECT_EQ(samples("L"), samples("R"));
  by_lambda.back() = "gaussian";
  const auto refused = run(by_lambda);
  EXPECT_EQ(refused.exit_code, 64);
  EXPECT_THAT(refused.err, HasSubstr("--lambda: gaussian noise is on no cube"));
  const auto both = run(uniform({"--lambda", "0.5"}));
  EXPECT_EQ(both.exit_code, 64);
  EXPECT_THAT(both.err, HasSubstr("--sigma and --lambda: the noise has one or the other"));
}

TEST_F(UniformNoise, WhatIsNotProvenForItIsRefusedByName) {
  for (const char* method :
       {"second-margin", "lecuyer", "li", "first-order", "soft-second-tangent-betting"}) {
    const auto result = run(uniform({"--method", method, "--out", "N"}));
    EXPECT_EQ(result.exit_code, 64) << method;
    EXPECT_THAT(result.err,
                HasSubstr(fmt::format("method '{}' is not proven for uniform noise", method)));
  }
  const auto gradient = run(uniform({"--gradient", "--out", "N"}));
  EXPECT_EQ(gradient.exit_code, 64);
  EXPECT_THAT(gradient.err, HasSubstr("averages of uniform noise prove nothing"));
  const auto lipschitz =
      run(uniform({"--method", "soft-first-direct-betting", "--lipschitz", "1", "--out", "N"}));
  EXPECT_EQ(lipschitz.exit_code, 64);
  EXPECT_THAT(lipschitz.err,
              HasSubstr("--lipschitz: its radius is l2, and uniform noise proves l1"));
  EXPECT_FALSE(fs::exists(folder_ / "N"));
  const auto map = run({"--dataset", "shapes", "--model", "model.pt", "--sigma-map", "none.npy",
                        "--noise", "uniform"});
  EXPECT_EQ(map.exit_code, 64);
  const auto small = run({"--dataset", "shapes", "--model", "model.pt", "--sigma", "0.0001",
                          "--noise", "uniform", "--n", "100", "--out", "N"});
  EXPECT_EQ(small.exit_code, 64) << small.out << small.err;
  EXPECT_THAT(small.err, HasSubstr("uniform noise of this size lies within one level"));
}

TEST_F(UniformNoise, RadiiOfTwoNormsAreNotShownTogetherUnlessAsked) {
  finish(uniform({"--out", "L1"}));
  finish(job({"--out", "L2"}));
  for (const char* command : {"curve", "report"}) {
    const auto refused = run({command, "L1", "L2"});
    EXPECT_EQ(refused.exit_code, 64) << command;
    EXPECT_THAT(refused.err, AllOf(HasSubstr("has ℓ1 radii and "),
                                   HasSubstr("has ℓ2 radii, which do not compare")));
    EXPECT_EQ(run({command, "L1", "L2", "--norm", "l3"}).exit_code, 64);
  }
  finish({"curve", "L1", "L2", "--norm", "l1", "--tsv", "l1.tsv", "--svg", "l1.svg"});
  finish({"curve", "L1", "L2", "--norm", "l2", "--tsv", "l2.tsv"});
  EXPECT_THAT(read("l1.tsv"), HasSubstr("run\tradius_l1\taccuracy"));
  EXPECT_THAT(read("l2.tsv"), HasSubstr("run\tradius\taccuracy"));
  finish({"report", "L1", "L2", "--norm", "l1", "--out", "page"});
  EXPECT_THAT(read("page/report.html"), HasSubstr("ACR (ℓ1)"));
  EXPECT_EQ(run({"report", "L1", "--norm", "l2"}).exit_code, 64) << "a run's own page stays";
  // An ℓ2 radius is one in ℓ1, as it is; an ℓ1 radius is one in ℓ2 over √3072.
  const auto rows = [&](const std::string& run) { return read_cohen_log(folder_ / run).rows; };
  double largest_1 = 0, largest_2 = 0;
  for (const RadiusRow& row : rows("L1")) largest_1 = std::max(largest_1, row.correct * row.radius);
  for (const RadiusRow& row : rows("L2")) largest_2 = std::max(largest_2, row.correct * row.radius);
  EXPECT_THAT(read("l1.tsv"), HasSubstr(fmt::format("L2\t{}\t", largest_2)));
  const auto last_of = [&](const std::string& text, const std::string& run) {
    double last = 0;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(run + "\t"))
        last = std::max(last, std::stod(line.substr(run.size() + 1)));
    }
    return last;
  };
  const double expected = largest_1 / std::sqrt(3072.0);
  EXPECT_NEAR(last_of(read("l2.tsv"), "L1"), expected, 1e-12);
}

TEST_F(UniformNoise, ColumnsThatSayAnotherNormThanTheRunAreRefused) {
  finish(uniform({"--out", "R"}));
  folder_.write("R/certificates.tsv",
                std::regex_replace(read("R/certificates.tsv"), std::regex("radius_l1"), "radius"));
  const auto curve = run({"curve", "R"});
  EXPECT_EQ(curve.exit_code, 65);
  EXPECT_THAT(curve.err, HasSubstr("say ℓ2 radii, but its noise proves ℓ1"));
}

TEST_F(UniformNoise, IsShownAtItsSizes) {
  for (const char* noise : {"uniform", "splitting", "splitting:all"}) {
    finish({"show", "--noise", noise, "--dataset", "shapes", "--out", std::string(noise) + ".png"});
    finish(
        {"show", "--noise", noise, "--dataset", "shapes", "--lambda", "0,0.1", "--out", "l.svg"});
  }
  EXPECT_NE(read("uniform.png"), read("splitting.png"));
  EXPECT_EQ(run({"show", "--noise", "--dataset", "shapes", "--lambda", "0.1"}).exit_code, 64);
}

TEST_F(UniformNoise, ASweepDoesNotMixNorms) {
  const auto experiment = [](const std::string& x) {
    return R"({"dataset": "shapes", "model": "model.pt", "sigma": 0.25, "n": 200, "skip": 100,
               "grid": {"noise": ["lattice", "uniform"]},
               "outputs": {"both": {"kind": "figure", "x": ")" +
           x + "\"}}}";
  };
  folder_.write("mixed.json", experiment("radius"));
  const auto refused = run({"sweep", "mixed.json", "--dry-run"});
  EXPECT_EQ(refused.exit_code, 64) << refused.out;
  EXPECT_THAT(refused.err, HasSubstr("radius-l1"));
  folder_.write("l1.json", experiment("radius-l1"));
  finish({"sweep", "l1.json", "--out", "S"});
  EXPECT_THAT(read("S/both.tsv"), HasSubstr("run\tradius_l1\taccuracy"));
  folder_.write("plain.json", R"({"dataset": "shapes", "model": "model.pt", "sigma": 0.25, "n": 200,
               "skip": 100, "grid": {"noise": ["lattice", "uniform"]}})");
  finish({"sweep", "plain.json", "--out", "P"});
  EXPECT_THAT(read("P/curve.tsv"), HasSubstr("run\tradius_l1\taccuracy"));
  EXPECT_THAT(read("P/report.html"), AllOf(HasSubstr("shows all as ℓ1 radii"),
                                           HasSubstr("Gaussian noise or uniform noise"),
                                           Not(HasSubstr("ℓ<sub>2</sub> radius"))));
}

/// Each of these changes one thing of a good run, and `verify` must say so.
TEST_F(UniformNoise, ATamperedRunIsFound) {
  finish(uniform({"--out", "R"}));
  finish(job({"--out", "G"}));
  const std::string rows = read("R/certificates.tsv"), manifest = read("R/manifest.json");
  using Fields = std::vector<std::string>;
  const auto fields_of = [](const std::string& line) {
    Fields fields;
    std::istringstream stream(line);
    for (std::string field; std::getline(stream, field, '\t');) fields.push_back(field);
    return fields;
  };
  const Fields header = fields_of(rows.substr(0, rows.find('\n')));
  const auto column = [&](const char* name) {
    return static_cast<std::size_t>(std::ranges::find(header, name) - header.begin());
  };
  const auto with_row = [&](const std::function<void(Fields&)>& change) {
    std::string out;
    std::istringstream lines(rows);
    bool done = false;
    for (std::string line; std::getline(lines, line);) {
      Fields fields = fields_of(line);
      const bool certified = fields[column("predict")] != "predict" &&
                             std::atof(fields[column("radius_l1_full")].c_str()) > 0;
      if (!done && certified) change(fields), done = true;
      for (std::size_t i = 0; i < fields.size(); ++i) out += (i > 0 ? "\t" : "") + fields[i];
      out += "\n";
    }
    EXPECT_TRUE(done);
    return out;
  };
  const auto raised = [&](const char* name, double by) {
    return with_row([&](Fields& fields) {
      std::string& field = fields[column(name)];
      field = fmt::format("{}", std::atof(field.c_str()) * by);
    });
  };
  const auto set = [&](const char* name, const char* to) {
    return with_row([&](Fields& fields) { fields[column(name)] = to; });
  };
  const auto with_settings = [&](const std::function<void(nlohmann::ordered_json&)>& change) {
    auto json = nlohmann::ordered_json::parse(manifest);
    change(json["settings"]);
    return json.dump(2) + "\n";
  };
  const std::string as_l2 = std::regex_replace(rows, std::regex("radius_l1"), "radius");
  const std::vector<std::pair<const char*, std::string>> tampered_rows{
      {"a radius raised by a billionth", raised("radius_l1_full", 1 + 1e-9)},
      {"a radius doubled", raised("radius_l1_full", 2)},
      {"the printed radius", set("radius_l1", "0.43")},
      {"p_lower", raised("p_lower", 1.01)},
      {"p_upper", raised("p_upper", 0.9)},
      {"counts", set("n_top", "123")},
      {"sigma", set("sigma", "0.5")},
      {"the price of the noise", set("noise_alpha", "1e-20")},
      {"the norm", as_l2},
      {"the method", set("method", "second-margin")},
      {"alpha", set("alpha", "0.01")},
  };
  for (const auto& [what, text] : tampered_rows) {
    folder_.write("R/certificates.tsv", text);
    const auto result = run({"verify", "R"});
    EXPECT_EQ(result.exit_code, 1) << what << ": " << result.out << result.err;
  }
  folder_.write("R/certificates.tsv", rows);
  const auto with_noise = with_settings([&](nlohmann::ordered_json& settings) {
    settings["noise"] = nlohmann::ordered_json::parse(read("G/manifest.json"))["settings"]["noise"];
  });
  const auto with_sigma =
      with_settings([](nlohmann::ordered_json& settings) { settings["sigma"] = 0.26; });
  for (const std::string& text : {with_noise, with_sigma}) {
    folder_.write("R/manifest.json", text);
    EXPECT_EQ(run({"verify", "R"}).exit_code, 1) << text;
  }
  folder_.write("R/manifest.json", manifest);
  EXPECT_EQ(run({"verify", "R"}).exit_code, 0);
}

}  // namespace
}  // namespace certify
