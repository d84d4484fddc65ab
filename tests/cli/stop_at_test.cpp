// --stop-at as a user runs it: fewer samples, the same bytes however it was interrupted, and no
// method afterwards that stopping makes invalid.

#include <csignal>
#include <random>
#include <thread>

#include "tests/cli/run_fixture.h"

namespace certify {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class StopAtJob : public RunFixture {
 protected:
  std::vector<std::string> stopping_job(const std::string& out,
                                        const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = job({"--out", out, "--stop-at", "0.1,0.2"}, "3000");
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  std::string refusal(const std::vector<std::string>& more) {
    const auto result = run(job(more));
    EXPECT_EQ(result.exit_code, 64) << result.err;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "runs")) << "nothing may be written";
    return result.err;
  }
  static int count(const std::string& text, const std::string& what) {
    int found = 0;
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at) ++found;
    return found;
  }
};

TEST_F(StopAtJob, DrawsAsMuchAsNeededAndSaysHowMuchThatWas) {
  const auto result = finish(stopping_job("R"));
  EXPECT_THAT(result.err, HasSubstr("stop when certified at 0.1, 0.2"));
  const auto other = run(stopping_job("R", {"--stop-at", "0.1"}));
  EXPECT_EQ(other.exit_code, 65);
  EXPECT_THAT(other.err, HasSubstr("stop_at: [0.1,0.2] there, [0.1] now"));
  EXPECT_THAT(result.out, AllOf(HasSubstr("stopped at 0.1, 0.2: "), HasSubstr("of 3000 samples"),
                                HasSubstr("the curve is lower")));
  const std::string records = samples("R");
  EXPECT_GT(count(records, R"("stopped":"certified")"), 0);
  EXPECT_GT(count(records, R"("stopped":"hopeless")"), 0);
  EXPECT_THAT(read("R/certificates.tsv"), HasSubstr("\tcohen-sequential\t"));
  EXPECT_THAT(read("R/report.html"), HasSubstr("times fewer"));
  EXPECT_THAT(read("R/manifest.json"), HasSubstr("\"stop_at\""));
}

TEST_F(StopAtJob, ImagesThatDrewAllHaveTheRecordsOfARunThatDoesNotStop) {
  finish(stopping_job("R", {"--n", "200"}));
  finish(job({"--out", "whole", "--n", "200"}));
  std::istringstream stopped(samples("R")), whole(samples("whole"));
  int equal = 0;
  for (std::string a, b; std::getline(stopped, a) && std::getline(whole, b);) {
    if (a.find("stopped") == std::string::npos) {
      EXPECT_EQ(a, b);
      ++equal;
    }
  }
  EXPECT_GT(equal, 0);
}

TEST_F(StopAtJob, KillsAtRandomMomentsChangeNoByte) {
  const std::vector<std::string> few{"--skip", "5", "--workers", "2"};
  finish(stopping_job("whole", few));
  std::mt19937 random(20261121);
  int killed = 0;
  for (int i = 0; i < 8; ++i) {
    CertifyProcess process(stopping_job("killed", few), {folder_.path(), {}, 0});
    if (i == 0) wait_for_progress(process, "killed", 0);
    std::this_thread::sleep_for(milliseconds(random() % 600));
    process.send(SIGKILL);
    killed += process.wait().exit_code == 128 + SIGKILL;
  }
  EXPECT_GE(killed, 2) << "too few kills met a running process to prove anything";
  resume(stopping_job("killed", few));
  EXPECT_EQ(samples("killed"), samples("whole"));
  EXPECT_EQ(certificates("killed"), certificates("whole"));
  EXPECT_EQ(read("killed/curve.tsv"), read("whole/curve.tsv"));
}

TEST_F(StopAtJob, ShardsAndWorkersChangeNoByte) {
  finish(stopping_job("whole", {"--workers", "1"}));
  std::vector<std::string> merge{"merge", "--out", "merged"};
  for (int i = 0; i < 3; ++i) {
    const std::string out = "part" + std::to_string(i);
    finish(stopping_job(out, {"--shard", std::to_string(i) + "/3", "--workers", "3"}));
    merge.push_back(out);
  }
  EXPECT_THAT(finish(merge).out, HasSubstr("stopped at 0.1, 0.2: "));
  EXPECT_EQ(samples("merged"), samples("whole"));
  EXPECT_EQ(certificates("merged"), certificates("whole"));
}

TEST_F(StopAtJob, VerifyPassesItAndRecertifyRefusesWhatStoppingMakesInvalid) {
  finish(stopping_job("R"));
  EXPECT_THAT(finish({"verify", "R"}).out, HasSubstr("none overclaims"));
  finish({"show", "0", "--run", "R", "--out", "card.svg"});
  EXPECT_THAT(read("card.svg"), AllOf(HasSubstr(">cohen-sequential<"), Not(HasSubstr(">cohen<"))));
  for (const char* method : {"cohen", "two-sided", "second-margin", "predict"}) {
    const auto refused = run({"recertify", "R", "--method", method});
    EXPECT_EQ(refused.exit_code, 64);
    EXPECT_THAT(refused.err, AllOf(HasSubstr(std::string("'") + method + "'"),
                                   HasSubstr("drew all n too"), HasSubstr("cohen-sequential")));
  }
  EXPECT_THAT(run({"recertify", "R", "--n", "100"}).err, HasSubstr("decided how many"));
  const auto again = finish({"recertify", "R", "--alpha", "0.01", "--out", "again"});
  EXPECT_THAT(again.out, HasSubstr("n up to 3000, α = 0.01"));
  EXPECT_THAT(finish({"verify", "again"}).out, HasSubstr("none overclaims"));
  EXPECT_THAT(finish({"curve", "R"}).err, HasSubstr("beyond them the curve is lower"));
}

TEST_F(StopAtJob, RefusesWhatCannotBeWithTheReason) {
  EXPECT_THAT(refusal({"--stop-at", "2"}),
              AllOf(HasSubstr("--stop-at 2: radius 2"), HasSubstr("certify at most")));
  EXPECT_THAT(refusal({"--stop-at", "0"}), HasSubstr("must be positive"));
  EXPECT_THAT(refusal({"--stop-at", "0.1,x"}), HasSubstr("--stop-at 0.1,x: "));
  EXPECT_THAT(refusal({"--stop-at", "0.1", "--method", "cohen"}),
              AllOf(HasSubstr("'cohen'"), HasSubstr("use cohen-sequential")));
  EXPECT_THAT(refusal({"--stop-at", "0.1", "--n0", "0"}),
              HasSubstr("same samples that decide when to stop"));
  EXPECT_THAT(refusal({"--stop-at", "0.1", "--scores", "trace"}), HasSubstr("leave --scores out"));
}

}  // namespace
}  // namespace certify
