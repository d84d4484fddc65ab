// Kill it anywhere: nothing lost, nothing different.

#include <csignal>
#include <random>
#include <thread>

#include "tests/cli/run_fixture.h"

namespace certify {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

class Interruption : public RunFixture {
 protected:
  /// A job that leaves many moments to be killed in: of a second or two, or shorter with a larger
  /// skip, where it is stopped as soon as it has begun.
  std::vector<std::string> long_job(const std::string& out, const std::string& skip = "2") {
    return {"--dataset", "shapes", "--sigma", "0.25", "--model", "model.pt", "--n",       "700",
            "--n0",      "37",     "--skip",  skip,   "--out",   out,        "--workers", "2"};
  }
  CertifyProcess::Options here() const { return {folder_.path(), {}, 0}; }
};

TEST_F(Interruption, ThirtyKillsAtRandomMomentsChangeNoByte) {
  finish(long_job("whole"));
  std::mt19937 random(20261121);
  int killed_while_sampling = 0;
  for (int i = 0; i < 30; ++i) {
    CertifyProcess process(long_job("killed"), here());
    // Half anywhere, start-up and reading included; half a little after it has begun to write.
    if (i % 2 == 0) {
      std::this_thread::sleep_for(milliseconds(random() % 900));
    } else {
      std::error_code error;
      const auto size = std::filesystem::file_size(folder_ / "killed/samples.jsonl", error);
      wait_for_progress(process, "killed", error ? 0 : size);
      std::this_thread::sleep_for(milliseconds(random() % 40));
    }
    process.send(SIGKILL);
    killed_while_sampling += process.wait().exit_code == 128 + SIGKILL;
  }
  EXPECT_GE(killed_while_sampling, 15) << "too few kills met a running process to prove anything";
  resume(long_job("killed"));
  EXPECT_EQ(samples("killed"), samples("whole"));
  EXPECT_EQ(certificates("killed"), certificates("whole"));
  EXPECT_EQ(read("killed/curve.tsv"), read("whole/curve.tsv"));
  EXPECT_EQ(digest("killed"), digest("whole"));
  finish({"verify", "killed"});
}

TEST_F(Interruption, ShardsAndWorkersChangeNoByte) {
  finish(job({"--out", "whole", "--workers", "1"}));
  // In 20 images: one shard, equal ones, unequal ones.
  for (const auto& [shards, workers] : {std::pair{1, 3}, {2, 1}, {7, 2}}) {
    std::vector<std::string> merge{"merge", "--out", "merged", "--fresh"};
    for (int i = 0; i < shards; ++i) {
      const std::string shard = std::to_string(i) + "/" + std::to_string(shards);
      const std::string out = "part" + std::to_string(i);
      finish(
          job({"--shard", shard, "--workers", std::to_string(workers), "--out", out, "--fresh"}));
      merge.push_back(out);
    }
    finish(merge);
    EXPECT_EQ(samples("merged"), samples("whole"))
        << shards << " shards, " << workers << " workers";
    EXPECT_EQ(certificates("merged"), certificates("whole"));
    EXPECT_EQ(read("merged/curve.tsv"), read("whole/curve.tsv"));
    EXPECT_EQ(digest("merged"), digest("whole"));
    finish({"verify", "merged", "part0"});
  }
}

TEST_F(Interruption, EachStopSignalCheckpointsAndExits75) {
  finish(long_job("whole", "5"));
  for (const int signal : {SIGTERM, SIGUSR1, SIGUSR2, SIGINT}) {
    const std::string run = "stopped" + std::to_string(signal);
    CertifyProcess process(long_job(run, "5"), here());
    wait_for_progress(process, run, 0);
    process.send(signal);
    const auto result = process.wait();
    EXPECT_EQ(result.exit_code, 75) << result.err;
    EXPECT_THAT(result.err, HasSubstr("the same command resumes"));
    EXPECT_THAT(read(run + "/manifest.json"), HasSubstr("\"interrupted\""));
    resume(long_job(run, "5"));
    EXPECT_EQ(samples(run), samples("whole"));
    EXPECT_EQ(certificates(run), certificates("whole"));
    EXPECT_THAT(read(run + "/manifest.json"), HasSubstr("\"restarts\": 1"));
  }
}

TEST_F(Interruption, ASecondSigtermIsNoAbortASecondSigintIs) {
  // One batch that takes long, so that the second signal comes while the first is being obeyed.
  write_torchscript(folder_ / "model.pt",
                    "y = x.flatten(1)\n"
                    "    for i in range(4000):\n"
                    "        y = y + x.flatten(1) * 0.001\n"
                    "    return y[:, :10]");
  for (const auto& [signal, code] : {std::pair{SIGTERM, 75}, std::pair{SIGINT, 130}}) {
    CertifyProcess process(job({"--out", "R", "--fresh", "--workers", "1"}), here());
    while (process.running() && !std::filesystem::exists(folder_ / "R/certificates.tsv")) {
      std::this_thread::sleep_for(milliseconds(5));
    }
    std::this_thread::sleep_for(milliseconds(300));
    process.send(signal);
    std::this_thread::sleep_for(milliseconds(50));
    process.send(signal);
    EXPECT_EQ(process.wait().exit_code, code);
  }
}

TEST_F(Interruption, ATornLastLineIsSampledAgainWithAWarning) {
  finish(job({"--out", "whole"}));
  finish(job({"--out", "R"}));
  const std::string text = read("R/samples.jsonl");
  replace_file(folder_ / "R/samples.jsonl", text.substr(0, text.size() - 17));
  EXPECT_THAT(resume(job({"--out", "R"})).err, HasSubstr("last line was damaged"));
  EXPECT_EQ(samples("R"), samples("whole"));
}

TEST_F(Interruption, DamageInTheMiddleIsAnErrorThatNamesTheLine) {
  finish(job({"--out", "R"}));
  std::string text = read("R/samples.jsonl");
  text[text.find("\"label\"") + 9] ^= 1;
  replace_file(folder_ / "R/samples.jsonl", text);
  const auto result = run(job({"--out", "R"}));
  EXPECT_EQ(result.exit_code, 65);
  EXPECT_THAT(result.err, HasSubstr("samples.jsonl:1:"));
}

TEST_F(Interruption, AFullDiskExits74AndTheRunIsResumable) {
  finish(long_job("whole", "4"));
  const auto full = run_certify(long_job("R", "4"), {folder_.path(), {}, 20000});
  EXPECT_EQ(full.exit_code, 74) << full.err;
  EXPECT_THAT(full.err, HasSubstr("cannot write"));
  resume(long_job("R", "4"));
  EXPECT_EQ(samples("R"), samples("whole"));
  EXPECT_EQ(certificates("R"), certificates("whole"));
}

}  // namespace
}  // namespace certify
