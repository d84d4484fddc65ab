// Certificates of first order as a user makes them: sampled once, certified again from what is
// kept.

#include "tests/cli/run_fixture.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using FirstOrderJob = RunFixture;

TEST_F(FirstOrderJob, WritesRadiiInEveryNormAndTheSameAgainFromItsSamples) {
  finish(job({"--method", "first-order", "--out", "R"}));
  EXPECT_THAT(read("R/radii.tsv"),
              StartsWith("idx\tlabel\tpredict\tradius_l2\tradius_l1\tradius_linf\tradius_R\t"
                         "radius_G\tradius_B\tradius_cohen\tcorrect\ttime\tproof_l2"));
  EXPECT_THAT(read("R/manifest.json"), HasSubstr("\"gradient\": true"));
  EXPECT_THAT(read("R/curve_parts.tsv"),
              AllOf(HasSubstr("R\t"), HasSubstr("without the gradient")));
  finish({"recertify", "R", "--method", "first-order", "--out", "again"});
  EXPECT_EQ(read("again/radii-first-order.tsv"), read("R/radii.tsv"));
  EXPECT_EQ(read("again/certificates-first-order.tsv"), read("R/certificates.tsv"));
}

TEST_F(FirstOrderJob, KeepsWhatItNeedsBesideAnotherMethod) {
  finish(job({"--gradient", "--out", "R"}));
  finish(job({"--out", "plain"}));
  EXPECT_EQ(certificates("R"), certificates("plain")) << "votes must not change";
  EXPECT_FALSE(std::filesystem::exists(folder_ / "R/radii.tsv"));
  finish({"recertify", "R", "--method", "first-order-tight", "--out", "again"});
  EXPECT_THAT(read("again/radii-first-order-tight.tsv"), StartsWith("idx\t"));
}

TEST_F(FirstOrderJob, DoesNotDependOnWorkersNorOnBeingInterrupted) {
  finish(job({"--method", "first-order", "--workers", "1", "--out", "one"}));
  finish(job({"--method", "first-order", "--workers", "3", "--out", "three"}));
  EXPECT_EQ(samples("one"), samples("three"));
  lose_half("three");
  resume(job({"--method", "first-order", "--workers", "2", "--out", "three"}));
  EXPECT_EQ(samples("one"), samples("three"));
  EXPECT_THAT(samples("one"), HasSubstr("\"gradient\":{\"tested\":"));
}

TEST_F(FirstOrderJob, SweepsSampleOnceForItAndForMethodsOnVotes) {
  folder_.write("e.json", R"({"dataset":"shapes","model":"model.pt","sigma":0.25,"skip":50,"n":300,
      "n0":20,"workers":1,"grid":{"method":["first-order","cohen"]},
      "outputs":{"l1":{"kind":"table","x":"radius-l1","at":[0,0.1]}}})");
  finish({"sweep", "e.json", "--out", "S"});
  const auto samples = std::filesystem::directory_iterator(folder_ / "S/samples");
  EXPECT_EQ(std::distance(begin(samples), end(samples)), 1);
  EXPECT_THAT(read("S/l1.tsv"), AllOf(HasSubstr("first-order"), HasSubstr("cohen")));
}

TEST_F(FirstOrderJob, KeepsTheMeanOfEveryPixelWhereItIsAskedFor) {
  finish(job({"--keep-gradient", "--out", "R"}));
  EXPECT_EQ(read("R/gradients/0.npy").size(), 128U + 4 * 3072);
  EXPECT_THAT(samples("R"), HasSubstr("\"sha256\":"));
  finish({"show", "0", "--run", "R", "--out", "card.svg"});
  EXPECT_THAT(read("card.svg"), HasSubstr("Gradient of the vote for "));
  const auto plain = run(job({"--gradient", "--out", "R"}));
  EXPECT_EQ(plain.exit_code, 65);
  EXPECT_THAT(plain.err, HasSubstr("keep_gradient: true there, false now"));
}

TEST_F(FirstOrderJob, APartOfTheImageHasARadiusOfItsOwn) {
  std::string mask = "P2 32 32 1\n";
  for (int i = 0; i < 32 * 32; ++i) mask += i < 8 ? "1 " : "0 ";
  folder_.write("corner.pgm", mask);
  finish(job({"--method", "first-order", "--mask", "corner.pgm", "--out", "R"}));
  EXPECT_THAT(read("R/radii.tsv"), HasSubstr("\tradius_B\tradius_corner\tradius_cohen\t"));
  EXPECT_THAT(samples("R"), HasSubstr("\"corner\":[24,"));
  EXPECT_THAT(read("R/manifest.json"), HasSubstr("\"corner:"));
  EXPECT_EQ(run({"verify", "R"}).exit_code, 0);
  folder_.write("small.pgm", "P2 1 1 1 1");
  const auto small = run(job({"--method", "first-order", "--mask", "small.pgm"}));
  EXPECT_EQ(small.exit_code, 65);
  EXPECT_THAT(small.err, HasSubstr("1 × 1 pixels, the images have 32 × 32"));
  EXPECT_THAT(run(job({"--mask", "corner.pgm"})).err, HasSubstr("needs --gradient"));
}

TEST_F(FirstOrderJob, IsRefusedWhereTheClassOrTheNumberOfSamplesWouldDependOnTheSamples) {
  const auto refusal = [&](const std::vector<std::string>& more) {
    const auto result = run(job(more));
    EXPECT_EQ(result.exit_code, 64) << result.err;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "runs")) << "nothing may be written";
    return result.err;
  };
  EXPECT_THAT(refusal({"--method", "first-order", "--select", "same"}),
              HasSubstr("--method first-order needs a class known beforehand"));
  EXPECT_THAT(refusal({"--gradient", "--n0", "0"}), HasSubstr("--gradient needs a class"));
  EXPECT_THAT(refusal({"--gradient", "--stop-at", "0.1", "--method", "cohen-sequential"}),
              HasSubstr("needs all n samples"));
}

}  // namespace
}  // namespace certify
