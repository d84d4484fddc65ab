#pragma once
/// A small job for tests of the real program: the embedded data set, and a network made on the
/// spot.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include "core/base/files.h"
#include "tests/models/torchscript_files.h"
#include "tests/support/certify_process.h"
#include "tests/support/temporary_folder.h"

namespace certify {

class RunFixture : public testing::Test {
 protected:
  RunFixture() {
    // Mean colours and a few pixels: ten logits that noise moves about.
    write_torchscript(folder_ / "model.pt",
                      "return torch.cat([x.mean([2, 3]) + 0.3, x.flatten(1)[:, 1500:1507]], 1)");
  }

  /// The job's arguments, with `more` behind them (a later option wins over none before it).
  std::vector<std::string> job(const std::vector<std::string>& more = {},
                               const std::string& n = "500") {
    std::vector<std::string> arguments{"--dataset", "shapes", "--sigma", "0.25",   "--model",
                                       "model.pt",  "--n",    n,         "--skip", "50"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  ProcessResult run(const std::vector<std::string>& arguments) {
    return run_certify(arguments, {folder_.path(), {}, 0});
  }
  ProcessResult finish(const std::vector<std::string>& arguments) {
    ProcessResult result = run(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result;
  }

  /// Finishes a run that holds some of its images; fails if the program does not resume it.
  ProcessResult resume(const std::vector<std::string>& arguments) {
    ProcessResult result = finish(arguments);
    EXPECT_THAT(result.err, testing::ContainsRegex("resuming: [0-9]+ images are done"));
    return result;
  }
  /// Cuts the run's samples in the middle, as a crash may leave them.
  void lose_half(const std::string& run) {
    const std::string text = read(run + "/samples.jsonl");
    folder_.write(run + "/samples.jsonl", text.substr(0, text.size() / 2));
  }

  /// Waits until samples.jsonl of the run is longer than `bytes`, or the process is over.
  void wait_for_progress(CertifyProcess& process, const std::string& run, std::size_t bytes) {
    const auto log = folder_ / (run + "/samples.jsonl");
    std::error_code error;
    while (process.running()) {
      const auto size = std::filesystem::file_size(log, error);
      if (!error && size > bytes) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  std::string read(const std::string& name) const { return read_file(folder_ / name); }

  /// samples.jsonl without what the clock decides.
  std::string samples(const std::string& run) const {
    return std::regex_replace(read(run + "/samples.jsonl"),
                              std::regex(R"re("seconds":[0-9.]+|,"crc":"[0-9a-f]+")re"), "");
  }
  /// certificates.tsv without its time column.
  std::string certificates(const std::string& run) const {
    return std::regex_replace(read(run + "/certificates.tsv"), std::regex(R"(\t[0-9]:[0-9.:]+\t)"),
                              "\t");
  }

  /// Of manifest.json; empty where there is none.
  std::string digest(const std::string& run) const {
    const std::string manifest = read(run + "/manifest.json");
    std::smatch found;
    std::regex_search(manifest, found, std::regex(R"re("digest": "([0-9a-f]{64})")re"));
    return found.empty() ? "" : found[1].str();
  }

  TemporaryFolder folder_;
};

}  // namespace certify
