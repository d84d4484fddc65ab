#pragma once
/// Hands a sweep to Slurm: job arrays that sample, and a job behind them that does the rest.

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/slurm/slurm_scripts.h"

namespace certify {

struct SlurmLauncher {
  SlurmOptions options;
  SlurmPlace place;
  std::vector<std::string> finish;  ///< arguments of certify in the last job

  /// What submit() would write, the last job's script last.
  /// @param to_sample  ids of the sampling jobs that are not done
  std::vector<SlurmScript> scripts(std::span<const std::string> to_sample) const;
  /// Writes the scripts below place.folder and submits them. Without jobs to sample only the last
  /// script is submitted.
  /// @return their ids in the queue, in the order of the scripts
  /// @throws InputError without sbatch, with sbatch's words where it refuses (nothing stays in
  /// the queue then), and while jobs of an earlier call are still queued; IoError.
  std::vector<std::string> submit(std::span<const SlurmScript> scripts) const;
};

/// What `sbatch --test-only` answers for the script; nothing where there is no sbatch.
/// @throws InputError with sbatch's words where it refuses.
std::optional<std::string> tested_by_sbatch(const SlurmScript& script);

/// "slurm 12,13: 2 RUNNING, 1 PENDING"; empty where nothing was submitted from this folder.
std::string slurm_status(const std::filesystem::path& sweep);

}  // namespace certify
