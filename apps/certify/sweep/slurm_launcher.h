#pragma once
/// Hands a sweep to Slurm: job arrays that sample, and a job behind them that does the rest.

#include <ostream>
#include <string>
#include <vector>

#include <spdlog/logger.h>

#include "core/sweeps/slurm_scripts.h"

namespace certify {

struct SlurmLauncher {
  SlurmOptions options;
  SlurmPlace place;
  std::vector<std::string> only;  ///< patterns that the last job is to be given too

  /// Writes the scripts below place.folder, submits them and prints their ids. A job that is
  /// done is not submitted; where all are, the last job goes alone.
  /// @param to_sample  sampling jobs that are not done
  /// @throws InputError without sbatch, with sbatch's words where it refuses (nothing stays in
  /// the queue then), and while jobs of an earlier call are still queued; IoError.
  void submit(std::span<const SweepJob> to_sample, std::ostream& out) const;
  /// Prints the scripts, and lets sbatch test them where there is one.
  void dry_run(std::span<const SweepJob> to_sample, std::ostream& out, spdlog::logger& log) const;
};

/// "slurm 12,13: 2 RUNNING, 1 PENDING"; empty where nothing was submitted from this folder.
std::string slurm_status(const std::filesystem::path& sweep);

}  // namespace certify
