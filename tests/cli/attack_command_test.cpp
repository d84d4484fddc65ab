// `certify attack` as its users run it.

#include <algorithm>
#include <cmath>
#include <csignal>
#include <regex>
#include <thread>

#include "core/attack/attack_log.h"
#include "core/base/sha256.h"
#include "core/report/logs/cohen_log.h"
#include "tests/cli/run_fixture.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Attack : public RunFixture {
 protected:
  std::vector<std::string> attack_of(const std::string& run,
                                     const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"attack",   run, "--steps", "4",
                                       "--noises", "2", "--n",     "300"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  std::vector<AttackedImage> rows(const std::string& run, std::string_view norm = "l2") {
    return parse_attack_log(read(run + "/attack.tsv"), run, norm).images;
  }
};

TEST_F(Attack, FindsNothingInsideCertificatesAndStandsBesideThem) {
  finish(job({"--out", "R"}));
  const auto result = finish(attack_of("R"));
  EXPECT_THAT(result.out, HasSubstr("inside certificates: 0 of "));
  const auto images = rows("R");
  const RadiusLog certified = read_cohen_log(folder_ / "R", {});
  ASSERT_EQ(images.size(), certified.rows.size());
  int found = 0;
  for (std::size_t i = 0; i < images.size(); ++i) {
    EXPECT_EQ(images[i].index, certified.rows[i].index);
    EXPECT_EQ(images[i].predicted, certified.rows[i].predicted);
    EXPECT_EQ(images[i].radius, certified.rows[i].radius);
    EXPECT_FALSE(images[i].found_inside());
    EXPECT_LE(images[i].unsettled_radius, images[i].attack_radius);
    EXPECT_LE(images[i].attack_radius, 8 * 0.25);
    found += images[i].found();
  }
  EXPECT_GE(found, 1);
  EXPECT_THAT(read("R/attack.svg"), AllOf(HasSubstr("under attack"), HasSubstr("</svg>")));
  EXPECT_THAT(read("R/attack_curve.tsv"), HasSubstr("certified\t0\t"));
  const auto curve = finish({"curve", "R/attack.tsv", "--radius-column", "radius,attack_radius"});
  EXPECT_THAT(curve.out, HasSubstr("attack_radius"));
}

TEST_F(Attack, TheTrueRadiusOfALinearNetworkIsFoundThroughItsGradient) {
  write_torchscript(folder_ / "plane.pt",
                    "w = torch.tensor([1.0, -1.0]).repeat([1536])\n"
                    "    s = (x.flatten(1) * w).sum(1) * 3.0 + 1.0\n"
                    "    z = torch.zeros_like(s)\n"
                    "    return torch.stack([z, s, z-9, z-9, z-9, z-9, z-9, z-9, z-9, z-9], 1)");
  finish({"--dataset", "shapes", "--sigma", "0.25", "--model", "plane.pt", "--n", "2000", "--count",
          "12", "--noise", "gaussian", "--out", "P"});
  for (const char* loss : {"cohen", "soft"}) {
    finish(attack_of("P", {"--loss", loss, "--n", "2000", "--fresh", "--max-radius", "3"}));
    for (const AttackedImage& image : rows("P")) {
      if (!image.certified()) continue;
      if (!image.found()) continue;  // farther than the largest ball
      EXPECT_GT(image.attack_radius, image.radius);
      EXPECT_EQ(image.attack_predicted, 1 - image.predicted);
      // A certificate of 2000 samples is short of the true radius by some hundredths of σ, or
      // more where all samples agree (2.7 σ); behind the plane PREDICT needs a tenth of σ.
      EXPECT_LT(image.radius < 0.6 ? image.attack_radius - image.radius : 0, 0.08);
    }
  }
}

TEST_F(Attack, KilledAndStartedAgainItEndsWithTheSameBytes) {
  finish(job({"--out", "R"}));
  finish(attack_of("R", {"--workers", "1"}));
  const std::string whole = read("R/attack.tsv"), curve = read("R/attack_curve.tsv");
  for (const std::size_t size : {std::size_t{10}, whole.size() / 2 + 1, whole.size() - 1}) {
    folder_.write("R/attack.tsv", whole.substr(0, size));  // as a crash may leave it
    const auto result = finish(attack_of("R", {"--workers", "2"}));
    // Ten bytes are not even the first line.
    EXPECT_EQ(result.err.find("resuming behind") != std::string::npos, size > 10) << result.err;
    EXPECT_EQ(read("R/attack.tsv"), whole);
    EXPECT_EQ(read("R/attack_curve.tsv"), curve);
  }
  folder_.write("R/attack.tsv", "");
  for (std::size_t i = 0; i < 3; ++i) {
    CertifyProcess process(attack_of("R"), {folder_.path(), {}, 0});
    while (process.running() && read("R/attack.tsv").size() < (1 + i) * whole.size() / 4) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    process.send(i % 2 == 0 ? SIGKILL : SIGTERM);
    process.wait();
  }
  EXPECT_THAT(finish(attack_of("R")).err, HasSubstr("resuming behind"));
  EXPECT_EQ(read("R/attack.tsv"), whole);
}

TEST_F(Attack, ASignalStopsItAndTheSameCommandResumes) {
  finish(job({"--out", "R"}));
  finish(attack_of("R"));
  const std::string whole = read("R/attack.tsv");
  const std::size_t heading = whole.find("\n0\t");
  folder_.write("R/attack.tsv", "");
  CertifyProcess process(attack_of("R"), {folder_.path(), {}, 0});
  while (process.running() && read("R/attack.tsv").size() <= heading + 1) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  process.send(SIGTERM);
  const auto stopped = process.wait();
  EXPECT_EQ(stopped.exit_code, 75) << stopped.err;
  EXPECT_THAT(stopped.err, HasSubstr("the same command resumes"));
  EXPECT_THAT(finish(attack_of("R")).err, HasSubstr("resuming behind"));
  EXPECT_EQ(read("R/attack.tsv"), whole);
}

TEST_F(Attack, CountTakesTheFirstImagesAndMoreCanFollow) {
  finish(job({"--out", "R"}));
  finish(attack_of("R", {"--count", "5"}));
  EXPECT_THAT(finish({"verify", "R"}).err, HasSubstr("attack.tsv: of the first 5 of 20 images"));
  const auto first = rows("R");
  ASSERT_EQ(first.size(), 5u);
  finish(attack_of("R"));
  EXPECT_THAT(finish({"verify", "R"}).err, Not(HasSubstr("attack.tsv")));
  const auto all = rows("R");
  EXPECT_EQ(all.size(), 20u);
  EXPECT_EQ(std::vector(all.begin(), all.begin() + 5), first);
}

TEST_F(Attack, BallsThatWereNotSearchedAreNotCalledUnchanged) {
  finish(job({"--out", "R"}));
  const auto result = finish(attack_of("R", {"--max-radius", "0.001"}));
  EXPECT_THAT(result.out, ContainsRegex("1 × the certified radius +not searched"));
  EXPECT_THAT(result.out, HasSubstr("0.001, or what was tried"));
}

/// A run whose certificates claim more than they may: an attack must find that out.
TEST_F(Attack, CertificatesThatOverclaimAreContradicted) {
  finish(job({"--out", "R", "--alpha", "0.001"}));
  // The samples say that nothing but the winner was ever answered.
  const auto lie = finish(job({"--out", "L", "--sigma", "0.05", "--n", "3000"}));
  std::string manifest = read("L/manifest.json");
  const std::string honest = "\"sigma\": 0.05";
  ASSERT_NE(manifest.find(honest), std::string::npos);
  manifest.replace(manifest.find(honest), honest.size(), "\"sigma\": 0.5");
  folder_.write("L/manifest.json", manifest);
  const auto result = run(attack_of("L", {"--n", "500"}));
  EXPECT_EQ(result.exit_code, 1) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("CONTRADICTED"));
}

/// Class 0 has 60 % of the votes, class 1 two thirds of the score: certificates of both are true.
TEST_F(Attack, CertificatesOnScoresAreJudgedByScores) {
  write_torchscript(folder_ / "two.pt",
                    "i = torch.arange(32)\n"
                    "    w = ((i.unsqueeze(0) + i.unsqueeze(1)) % 2 * 2 - 1).flatten()\n"
                    "    w = w.repeat([3]) / 55.4\n"
                    "    s = (x.flatten(1) * w).sum(1)\n"
                    "    a = torch.where(s > -0.06, 0.1, -4.0) + 0.01 * s\n"
                    "    z = torch.zeros_like(s)\n"
                    "    y = z - 20\n"
                    "    return torch.stack([a, z, y, y, y, y, y, y, y, y], 1)");
  const auto certify = [&](const std::string& method, const std::string& select,
                           const std::string& out) {
    finish({"--dataset", "shapes", "--sigma", "0.25", "--model", "two.pt", "--skip", "20", "--n",
            "500", "--alpha", "0.01", "--method", method, "--select", select, "--out", out});
  };
  certify("soft-second-betting", "label", "S");  // images of class 1 are certified
  const auto soft = finish(attack_of("S", {"--tries", "3"}));
  EXPECT_THAT(soft.out, AllOf(ContainsRegex("50 images, [3-9] certified and attacked; answers by "
                                            "mean scores"),
                              ContainsRegex("inside certificates: 0 of [3-9]; of 50 images")));
  EXPECT_THAT(read("S/attack.json"), HasSubstr("\"score_link\": \"softmax\""));
  for (const AttackedImage& image : rows("S")) {
    EXPECT_TRUE(!image.certified() || image.predicted == 1) << image.index;
  }
  certify("cohen", "n0", "V");
  const auto votes = finish(attack_of("V", {"--tries", "3", "--count", "3"}));
  EXPECT_THAT(votes.out, AllOf(HasSubstr("answers by votes"), HasSubstr("inside certificates: 0")));
  EXPECT_EQ(rows("V")[0].predicted, 0);
}

TEST_F(Attack, L1CertificatesAreAttackedInTheirNorm) {
  finish(job({"--noise", "uniform", "--out", "R"}));
  const auto result = finish(attack_of("R"));
  EXPECT_THAT(result.out, HasSubstr("inside certificates: 0 of "));
  EXPECT_THAT(read("R/attack.tsv"),
              StartsWith("idx\tlabel\tpredict\tradius_l1\tcorrect\tattack_radius_l1\t"
                         "attack_predict\tunsettled_radius_l1\n"));
  EXPECT_THAT(read("R/attack.json"), HasSubstr("\"norm\": \"l1\""));
  EXPECT_THAT(read("R/attack_curve.tsv"), StartsWith("run\tradius_l1\taccuracy\n"));
  EXPECT_THAT(read("R/attack.svg"),
              AllOf(HasSubstr("\">1</tspan>"), Not(HasSubstr("\">2</tspan>"))));
  const RadiusLog certified = read_cohen_log(folder_ / "R", {});
  const auto images = rows("R", "l1");
  ASSERT_EQ(images.size(), certified.rows.size());
  int found = 0;
  for (std::size_t i = 0; i < images.size(); ++i) {
    EXPECT_EQ(images[i].radius, certified.rows[i].radius);
    EXPECT_FALSE(images[i].found_inside());
    EXPECT_LE(images[i].attack_radius, 16 * 0.25 * std::sqrt(3.0));
    found += images[i].found();
  }
  EXPECT_GE(found, 1);
  EXPECT_THAT(finish({"verify", "R"}).out, HasSubstr("none overclaims"));
  finish({"report", "R"});
  EXPECT_THAT(read("R/report.html"), HasSubstr("under attack"));
  const auto curve =
      finish({"curve", "R/attack.tsv", "--radius-column", "radius_l1,attack_radius_l1"});
  EXPECT_THAT(curve.out, AllOf(HasSubstr("ℓ1 radius"), HasSubstr("attack_radius")));

  const auto json = read("R/attack.json");
  folder_.write("R/attack.json",
                std::regex_replace(json, std::regex("\"alpha\": 0.001"), "\"alpha\": 0.9"));
  const auto noted = finish({"verify", "R"});
  EXPECT_THAT(noted.out + noted.err, HasSubstr("alpha 0.9 lets so many answers be wrong"));
  folder_.write("R/attack.json", std::regex_replace(json, std::regex("\"l1\""), "\"l2\""));
  const auto other = run({"verify", "R"});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.out + other.err, HasSubstr("norm is l2, the run has l1"));
  folder_.write("R/attack.json", json);
  const std::string curves = read("R/attack_curve.tsv");
  folder_.write("R/attack_curve.tsv",
                std::regex_replace(curves, std::regex("radius_l1"), "radius"));
  const auto renamed = run({"verify", "R"});
  EXPECT_EQ(renamed.exit_code, 1);
  EXPECT_THAT(renamed.out + renamed.err, HasSubstr("attack_curve.tsv"));
  fs::remove(folder_ / "R/attack.tsv");
  const auto gone = run({"verify", "R"});
  EXPECT_EQ(gone.exit_code, 1);
  EXPECT_THAT(gone.out + gone.err, AllOf(HasSubstr("attack.json: is of an attack"),
                                         HasSubstr("attack_curve.tsv: is of an attack")));
}

/// All that the noise has is counted at each point, so there is no α, and one change inside a
/// certificate is a contradiction.
TEST_F(Attack, OfNoiseThatIsNotDrawnEveryPlaceIsCounted) {
  write_torchscript(folder_ / "two.pt",
                    "m = x[:, :, 16, 16].mean(1) - 0.5\n"
                    "    z = torch.zeros_like(m)\n"
                    "    return torch.stack([z, m, z-9, z-9, z-9, z-9, z-9, z-9, z-9, z-9], 1)");
  finish({"--dataset", "shapes", "--skip", "50", "--model", "two.pt", "--noise", "splitting:all",
          "--lambda", "0.2", "--seed", "7", "--out", "R"});
  const auto attack_of_r = [&](const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"attack", "R", "--steps", "4", "--noises", "8"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  };
  const auto refused = [&](const std::vector<std::string>& more, const std::string& why) {
    const auto result = run(attack_of_r(more));
    EXPECT_EQ(result.exit_code, 64);
    EXPECT_THAT(result.err, HasSubstr(why));
  };
  refused({"--n", "300"}, "--n 300: noise splitting:all has 102 samples, and all are taken");
  refused({"--alpha", "0.01"}, "--alpha 0.01: noise splitting:all leaves nothing to chance");
  refused({"--seed", "0"}, "cuts where the seed of the run, 7, says");
  const auto result = finish(attack_of_r({"--n", "102", "--alpha", "0", "--seed", "7"}));
  EXPECT_THAT(result.out, HasSubstr("inside certificates: 0 of "));
  EXPECT_THAT(result.out, HasSubstr("up to 0 are no contradiction (α = 0 of the certificates"));
  const std::string rows_of_attack = read("R/attack.tsv"), json = read("R/attack.json");
  finish(attack_of_r({"--fresh"}));
  EXPECT_EQ(read("R/attack.tsv"), rows_of_attack) << "what was typed is all that there is";
  EXPECT_EQ(read("R/attack.json"), json);
  std::vector<AttackedImage> images = rows("R", "l1");
  for (const AttackedImage& image : images) {
    EXPECT_EQ(image.attack_radius, image.unsettled_radius) << "no answer is left open";
  }
  const auto found = std::ranges::find_if(images, &AttackedImage::found);
  ASSERT_NE(found, images.end());
  EXPECT_THAT(finish({"verify", "R"}).out, HasSubstr("none overclaims"));

  const auto finds = [&](const std::string& what) {
    const auto verified = run({"verify", "R"});
    EXPECT_EQ(verified.exit_code, 1);
    EXPECT_THAT(verified.out + verified.err, HasSubstr(what));
  };
  const auto changed = [&](const char* from, const char* to, const std::string& what) {
    folder_.write("R/attack.json", std::regex_replace(json, std::regex(from), to));
    finds(what);
    folder_.write("R/attack.json", json);
  };
  // An α of its own would excuse what is found; the others are of another classifier, or of less.
  changed("\"alpha\": 0.0", "\"alpha\": 0.5", "alpha is 0.5, the run has 0");
  changed("\"seed\": 7", "\"seed\": 0", "seed is 0, the run has 7");
  changed("\"n\": 102", "\"n\": 50", "n is 50, the run has 102");
  found->attack_radius = found->unsettled_radius = found->radius / 2;
  std::string inside = attack_header("l1");
  for (const AttackedImage& image : images) inside += attack_row(image);
  folder_.write("R/attack.tsv", inside);
  finds("1 answers changed inside certificates");

  // Certificates of another network than the one in the manifest.
  write_torchscript(folder_ / "two.pt",
                    "m = x.mean([1, 2, 3])\n"
                    "    z = torch.zeros_like(m)\n"
                    "    return torch.stack([z-9, z-9, m, z, z-9, z-9, z-9, z-9, z-9, z-9], 1)");
  const std::regex hash("(\"model_sha256\": \")[0-9a-f]{64}");
  folder_.write("R/manifest.json", std::regex_replace(read("R/manifest.json"), hash,
                                                      "$01" + sha256_of_file(folder_ / "two.pt")));
  const auto lie = run(attack_of_r({"--fresh"}));
  EXPECT_EQ(lie.exit_code, 1) << lie.out << lie.err;
  EXPECT_THAT(lie.out, HasSubstr("CONTRADICTED: so many come with probability 0 at most"));
}

/// Of splitting noise that is drawn the places of a sample are fresh, and the cuts are the run's.
TEST_F(Attack, NoiseThatCutsCutsWhereTheRunDid) {
  finish({"--dataset", "shapes", "--skip", "100", "--model", "model.pt", "--noise", "splitting",
          "--lambda", "0.5", "--n", "300", "--seed", "7", "--out", "R"});
  const auto result = finish(attack_of("R", {"--tries", "3"}));
  EXPECT_THAT(result.out, HasSubstr("inside certificates: 0 of "));
  EXPECT_THAT(read("R/attack.json"),
              AllOf(HasSubstr("\"seed\": 7"), HasSubstr("\"alpha\": 0.001")));
  finish({"verify", "R"});
  const std::string json = read("R/attack.json");
  folder_.write("R/attack.json",
                std::regex_replace(json, std::regex("\"alpha\": 0.001"), "\"alpha\": 1.0"));
  const auto verified = run({"verify", "R"});
  EXPECT_EQ(verified.exit_code, 1);
  EXPECT_THAT(verified.out + verified.err, HasSubstr("alpha is 1, no probability of failure"));
}

TEST_F(Attack, WhatDoesNotFitIsRefused) {
  finish(job({"--out", "R"}));
  const auto refused = [&](const std::vector<std::string>& arguments, int code,
                           const std::string& why) {
    const auto result = run(arguments);
    EXPECT_EQ(result.exit_code, code) << result.err;
    EXPECT_THAT(result.err, HasSubstr(why));
  };
  refused({"attack", "nowhere"}, 65, "nowhere");
  refused(attack_of("R", {"--loss", "hinge"}), 64, "expected cohen, soft");
  refused(attack_of("R", {"--step", "nan"}), 64, "--step");
  refused(attack_of("R", {"--noises", "0"}), 64, "--noises");
  refused(attack_of("R", {"--count", "0"}), 64, "--count");
  refused(attack_of("R", {"--max-radius", "-1"}), 64, "--max-radius");
  refused(attack_of("R", {"--model", "gone.pt"}), 65, "gone.pt");
  refused(attack_of("R", {"--radii", "0:2:0"}), 64, "the step is 0");
  EXPECT_FALSE(fs::exists(folder_ / "R/attack.tsv"));
  write_torchscript(folder_ / "other.pt", "return x.flatten(1)[:, :10]");
  refused(attack_of("R", {"--model", "other.pt"}), 65, "not the model that was certified");
  finish(attack_of("R", {"--count", "2"}));
  refused(attack_of("R", {"--seed", "9"}), 65, "seed: 0, now 9");
  finish({"predict", "--dataset", "shapes", "--sigma", "0.25", "--model", "model.pt", "--n", "50",
          "--count", "2", "--out", "Q"});
  refused(attack_of("Q"), 65, "certify no radius");
  write_torchscript(folder_ / "hard.pt", "return torch.round(x).flatten(1)[:, :10].detach()");
  finish({"--dataset", "shapes", "--sigma", "0.25", "--model", "hard.pt", "--n", "50", "--count",
          "2", "--out", "H"});
  refused(attack_of("H"), 65, "has no gradient by its input");
}

}  // namespace
}  // namespace certify
