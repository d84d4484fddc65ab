#pragma once
/// Runs the jobs of a sweep, one after the other, each as a process of this very program.

#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include <spdlog/logger.h>

#include "core/sampling/sampler.h"
#include "core/sweeps/sweep_folder.h"

namespace certify {

/// A process of its own a job: what kills one (memory, a driver) kills no other, a job is the
/// command that jobs.tsv shows, and a run is resumed by the code that resumes any run. When the
/// sweep is killed, the kernel kills the job with it, so that the next start finds no second
/// writer.
struct SweepRunner {
  std::filesystem::path folder;  ///< absolute
  const StopFlag& stop;
  spdlog::logger& log;
  bool quiet = false;

  /// Does what is not done; a job whose needs failed is left out. When asked to stop, hands the
  /// signal on and waits for the checkpoint.
  /// @return the worst (largest) exit code of all jobs
  int run(std::span<const SweepJob> jobs, const std::function<bool(const SweepJob&)>& chosen);

 private:
  int run_one(const SweepJob& job, const std::string& position);
};

}  // namespace certify
