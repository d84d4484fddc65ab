// Noise in floats lets a network prove two things that contradict each other; lattice noise does
// not. docs/floating-point.md.

#include <cmath>

#include "core/noise/families.h"
#include "core/report/logs/cohen_log.h"
#include "data/images/rgb_image.h"
#include "tests/cli/run_fixture.h"
#include "tests/support/source_dir.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr int kSide = 16;

/// The network answers class 0 where its input is what x0 + σz can be in floats, else class 1.
/// Beside x0, of class 0, lies an image of class 1 that is one level brighter at every seventh of
/// 700 elements.
class ReachableFloats : public RunFixture {
 protected:
  ReachableFloats() {
    std::filesystem::copy_file(
        std::filesystem::path(CERTIFY_SOURCE_DIR) / "tests/cli/fixtures/reachable.pt",
        folder_ / "reachable.pt");
    for (const bool near : {false, true}) {
      RgbImage image = black_image(kSide, kSide);
      for (std::size_t i = 0; i < image.bytes.size(); ++i) {
        const bool brighter = near && i % 7 == 0 && i < 700;
        image.bytes[i] = static_cast<unsigned char>(i * 37 % 251 + (brighter ? 1 : 0));
      }
      folder_.write(near ? "data/1/near.png" : "data/0/x0.png", encode_png(image));
    }
  }

  /// Its two rows.
  std::vector<RadiusRow> certify_by(const std::string& noise) {
    finish({"--dataset", "image-folder", "--data-dir", "data", "--model", "reachable.pt", "--sigma",
            "0.12", "--n", "2000", "--noise", noise, "--out", "R"});
    return read_cohen_log(folder_ / "R").rows;
  }

  const double distance_ = std::sqrt(100.0) / 255;
};

TEST_F(ReachableFloats, GetContradictingCertificatesFromNoiseInFloats) {
  const auto rows = certify_by("gaussian");
  EXPECT_EQ(rows.at(0).predicted, 0);
  EXPECT_EQ(rows.at(1).predicted, 1);
  EXPECT_GT(rows.at(0).radius, distance_);  // so the class at the other image is 0
  EXPECT_GT(rows.at(1).radius, distance_);
}

TEST_F(ReachableFloats, GetOneAnswerFromLatticeNoise) {
  for (const char* noise : {"lattice", "lattice:16"}) {
    const auto rows = certify_by(noise);
    EXPECT_EQ(rows.at(0).predicted, rows.at(1).predicted) << noise;
    EXPECT_GT(rows.at(0).radius, distance_);
    EXPECT_GT(rows.at(1).radius, distance_);
    EXPECT_EQ(run({"verify", "R"}).exit_code, 0);
    std::filesystem::remove_all(folder_ / "R");
  }
}

class LatticeRun : public RunFixture {
 protected:
  std::vector<std::string> lattice(const std::vector<std::string>& more = {}) {
    std::vector<std::string> all{"--noise", "lattice"};
    all.insert(all.end(), more.begin(), more.end());
    return job(all);
  }
};

TEST_F(LatticeRun, SaysInEveryRowWhatTheNoiseTakesOfAlpha) {
  finish(lattice({"--out", "R"}));
  EXPECT_THAT(read("R/certificates.tsv"), HasSubstr("\tmethod\tnoise_alpha\n"));
  EXPECT_THAT(read("R/report.html"), HasSubstr("its input rounded to whole steps of 1/255"));
  EXPECT_THAT(run({"verify", "R"}).err, HasSubstr("exact noise costs 1.16e-10 of alpha 0.001"));
  // 3072 elements, 600 samples, 1163 units of 2^-64 an element at s = 63.75.
  EXPECT_THAT(read("R/certificates.tsv"), HasSubstr("\tcohen\t1.16"));
  finish(job({"--noise", "gaussian", "--out", "G"}));
  EXPECT_THAT(read("G/certificates.tsv"), Not(HasSubstr("noise_alpha")));
}

TEST_F(LatticeRun, IsResumedShardedRecertifiedAndVerified) {
  finish(lattice({"--out", "whole"}));
  finish(lattice({"--out", "R"}));
  lose_half("R");
  resume(lattice({"--out", "R"}));
  EXPECT_EQ(samples("R"), samples("whole"));
  EXPECT_EQ(certificates("R"), certificates("whole"));
  finish(lattice({"--shard", "0/2", "--out", "a"}));
  finish(lattice({"--shard", "1/2", "--out", "b", "--batch", "7"}));
  finish({"recertify", "R", "--method", "cohen,two-sided,second-margin", "--out", "C"});
  EXPECT_THAT(read("C/certificates-two-sided.tsv"), HasSubstr("noise_alpha"));
  for (const char* folder : {"whole", "R", "a", "b", "C"}) {
    const auto result = run({"verify", folder});
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  }
}

TEST_F(LatticeRun, KeepsItsNoiseWhenItIsResumedWithoutTheOption) {
  for (const char* noise : {"lattice", "gaussian"}) {
    finish(job({"--noise", noise, "--out", "R", "--fresh"}));
    const std::string whole = samples("R");
    lose_half("R");
    resume(job({"--out", "R"}));
    EXPECT_EQ(samples("R"), whole) << noise;
  }
  const auto other = run(job({"--noise", "lattice", "--out", "R"}));
  EXPECT_EQ(other.exit_code, 65);
  EXPECT_THAT(other.err, HasSubstr("noise: "));
}

TEST_F(LatticeRun, CertifiesByScoresByGradientsAndEarly) {
  finish(lattice({"--out", "S", "--method", "soft-second-betting", "--n", "300"}));
  finish(lattice({"--out", "F", "--method", "first-order", "--n", "300"}));
  finish(lattice({"--out", "E", "--stop-at", "0.1", "--n", "3000"}));
  finish({"predict", "--dataset", "shapes", "--sigma", "0.25", "--model", "model.pt", "--n", "300",
          "--skip", "50", "--noise", "lattice", "--out", "P"});
  for (const char* folder : {"S", "F", "E", "P"}) {
    const auto result = run({"verify", folder});
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    const std::string rows =
        read(std::string(folder) + (folder[0] == 'P' ? "/predictions.tsv" : "/certificates.tsv"));
    EXPECT_THAT(rows, HasSubstr("noise_alpha"));
  }
}

TEST_F(LatticeRun, IsRefusedWhereItsPriceIsAllOfAlpha) {
  const auto result = run(lattice({"--out", "R", "--alpha", "1e-12"}));
  EXPECT_EQ(result.exit_code, 64);
  EXPECT_THAT(result.err, AllOf(HasSubstr("lattice noise takes"), HasSubstr("nothing is left")));
}

TEST_F(LatticeRun, NamesWhatItDoesNotTake) {
  const auto unknown = run(job({"--noise", "pink"}));
  EXPECT_EQ(unknown.exit_code, 64);
  EXPECT_THAT(unknown.err, HasSubstr("--noise pink: not known; there are gaussian, lattice"));
  const auto large =
      run({"--dataset", "shapes", "--model", "model.pt", "--sigma", "200", "--noise", "lattice"});
  EXPECT_EQ(large.exit_code, 64);
  EXPECT_THAT(large.err, HasSubstr("takes a sigma up to 128.5"));
  const auto map = run({"--dataset", "shapes", "--model", "model.pt", "--sigma-map", "none.npy",
                        "--noise", "lattice"});
  EXPECT_EQ(map.exit_code, 64);
  EXPECT_THAT(map.err, HasSubstr("lattice noise needs a table of its own for every sigma"));
}

TEST_F(LatticeRun, IsAttackedAndShownWithItsOwnNoise) {
  finish(lattice({"--out", "R", "--skip", "250"}));
  const auto attack = run({"attack", "R", "--steps", "3", "--noises", "2", "--n", "200"});
  EXPECT_THAT(attack.exit_code, testing::AnyOf(0, 1)) << attack.err;
  EXPECT_THAT(read("R/attack.tsv"), HasSubstr("\n"));
  finish({"show", "--noise", "--dataset", "shapes", "--out", "one.png"});
  finish({"show", "--noise", "lattice:4", "--dataset", "shapes", "--out", "two.png"});
  EXPECT_NE(read("one.png"), read("two.png"));
}

}  // namespace
}  // namespace certify
