// `certify sweep` to the end: sampled once, certified many times, killed and resumed.

#include <csignal>
#include <map>
#include <thread>

#include "tests/cli/run_fixture.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class SweepRun : public RunFixture {
 protected:
  SweepRun() {
    folder_.write("e.json",
                  R"({"title":"T","dataset":"shapes","model":"model.pt","sigma":0.25,"skip":4,
        "n":300,"n0":20,"workers":1,"grid":{"method":["cohen","two-sided"],"alpha":[0.001,0.05]},
        "outputs":{"curves":{"kind":"figure"},
                   "margins":{"kind":"table","x":"second-margin","at":[0,0.5]},
                   "alphas":{"kind":"table","x":"alpha","y":"average-radius"}}})");
  }
  std::vector<std::string> sweep(const std::string& out) {
    return {"sweep", "e.json", "--out", out};
  }
  /// Of two runs in place of four.
  std::vector<std::string> small_sweep(const std::string& out) {
    return {"sweep", "e.json", "--out", out, "--method", "cohen"};
  }
  /// All files of a sweep without what the clock decides.
  std::map<std::string, std::string> content(const std::string& sweep) {
    static const std::regex clock(
        R"re("seconds":[0-9.]+|,"crc":"[0-9a-f]+"|\t[0-9]:[0-9.:]+\t|"source(_sha256)?": ?"[^"]*")re");
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / sweep)) {
      const std::string name = fs::relative(entry.path(), folder_ / sweep).string();
      const bool timed = name.starts_with("logs/") || name.ends_with("manifest.json") ||
                         name.ends_with("run.lock") ||
                         (name.starts_with("samples/") && name.ends_with("report.html"));
      if (!entry.is_regular_file() || timed) continue;
      files[name] = std::regex_replace(read_file(entry.path()), clock, "");
    }
    return files;
  }
  /// What the first run of the sweep has stored, 0 before there is one.
  std::size_t stored_bytes(const std::string& sweep) {
    if (!fs::exists(folder_ / sweep / "samples")) return 0;
    for (const fs::path& run : sample_folders(sweep)) {
      if (fs::exists(run / "samples.jsonl")) return fs::file_size(run / "samples.jsonl");
    }
    return 0;
  }
  /// Waits until the sweep has stored an image, or the process is over.
  void wait_for_samples(CertifyProcess& process, const std::string& sweep) {
    while (process.running() && stored_bytes(sweep) == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  std::vector<fs::path> sample_folders(const std::string& sweep) {
    std::vector<fs::path> folders;
    for (const auto& entry : fs::directory_iterator(folder_ / sweep / "samples")) {
      folders.push_back(entry.path());
    }
    return folders;
  }
};

TEST_F(SweepRun, SamplesOnceCertifiesFourTimesAndEndsWithItsOutputs) {
  const auto result = finish(sweep("S"));
  ASSERT_EQ(sample_folders("S").size(), 1U);
  const std::string manifest = read_file(sample_folders("S")[0] / "manifest.json");
  EXPECT_THAT(manifest, HasSubstr("\"restarts\": 0"));
  EXPECT_EQ(content("S").count("runs/alpha0.05-two-sided/certificates-two-sided.tsv"), 1U);
  EXPECT_THAT(result.out, HasSubstr("report: "));
  for (const char* file : {"curves.svg", "curves.tsv", "margins.md", "margins.tsv", "alphas.md",
                           "report.html", "sweep.json", "jobs.tsv"}) {
    EXPECT_GT(fs::file_size(folder_ / "S" / file), 20U) << file;
  }
  EXPECT_THAT(read("S/alphas.tsv"), HasSubstr("alpha\t0.001\t0.05\n"));

  // Again: nothing is left to do, and another method needs no new samples.
  EXPECT_EQ(finish(sweep("S")).err.find("sample-"), std::string::npos);
  const std::string before = read_file(sample_folders("S")[0] / "samples.jsonl");
  const auto added = finish({"sweep", "e.json", "--out", "S", "--method", "li"});
  EXPECT_EQ(sample_folders("S").size(), 1U);
  EXPECT_EQ(read_file(sample_folders("S")[0] / "samples.jsonl"), before);
  EXPECT_THAT(finish({"sweep", "status", "S"}).out, HasSubstr("3 of 3 jobs are done"));
}

TEST_F(SweepRun, KilledAnywhereAndResumedItEndsWithTheSameBytes) {
  finish(sweep("whole"));
  {
    CertifyProcess process(sweep("killed"), {folder_.path(), {}, 0});
    wait_for_samples(process, "killed");
    process.send(SIGKILL);
    EXPECT_EQ(process.wait().exit_code, 128 + SIGKILL);
    EXPECT_LT(stored_bytes("killed"), stored_bytes("whole")) << "nothing is left to resume";
  }
  for (int i = 0; i < 5; ++i) {
    CertifyProcess process(sweep("killed"), {folder_.path(), {}, 0});
    std::this_thread::sleep_for(std::chrono::milliseconds(150 + 450 * i));
    process.send(SIGKILL);
  }
  finish(sweep("killed"));
  EXPECT_EQ(content("killed"), content("whole"));
  EXPECT_THAT(read_file(sample_folders("killed")[0] / "manifest.json"),
              Not(HasSubstr("\"restarts\": 0")));
}

TEST_F(SweepRun, AStopSignalIsHandedOnAndTheSameCommandResumes) {
  CertifyProcess process(small_sweep("S"), {folder_.path(), {}, 0});
  wait_for_samples(process, "S");
  process.send(SIGTERM);
  const auto result = process.wait();
  EXPECT_EQ(result.exit_code, 75) << result.err;
  EXPECT_THAT(read_file(sample_folders("S")[0] / "manifest.json"), HasSubstr("\"interrupted\""));
  EXPECT_THAT(finish({"sweep", "status", "S"}).out, HasSubstr("interrupted"));
  finish(small_sweep("S"));
  EXPECT_THAT(read_file(sample_folders("S")[0] / "manifest.json"),
              AllOf(HasSubstr("\"complete\""), HasSubstr("\"restarts\": 1")));
}

TEST_F(SweepRun, AReplacedModelIsNotCertifiedFromTheOldOnesSamples) {
  finish(small_sweep("S"));
  fs::rename(folder_ / "model.pt", folder_ / "old.pt");
  finish(small_sweep("S"));  // gone, as on the machine where only figures are drawn
  write_torchscript(folder_ / "model.pt", "return x.flatten(1)[:, 1500:1510]");
  const auto replaced = run(small_sweep("S"));
  EXPECT_EQ(replaced.exit_code, 65) << replaced.err;
  EXPECT_THAT(replaced.err, HasSubstr("model_sha256"));
}

TEST_F(SweepRun, ShardsGiveTheBytesOfTheWhole) {
  finish(small_sweep("whole"));
  folder_.write("sharded.json", R"({"include":"e.json","shards":3})");
  finish({"sweep", "sharded.json", "--method", "cohen", "--out", "parts"});
  for (const char* file : {"curves.tsv", "margins.tsv", "alphas.tsv"}) {
    EXPECT_EQ(read(std::string("parts/") + file), read(std::string("whole/") + file));
  }
}

}  // namespace
}  // namespace certify
