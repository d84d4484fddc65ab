#pragma once
/// Hands a sweep to Slurm: job arrays that sample, and a job behind them that does the rest, as
/// batch scripts written to be read.
///
/// The sweep's folder stays the truth. A task is `certify sweep job DIR ID`, which runs the line
/// that jobs.tsv shows; the last job is the sweep itself, run there. So status, resuming and the
/// final bytes come from the code that a sweep on one machine uses. What Slurm remembers of its
/// jobs is never asked for more than "still queued?".

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/slurm/slurm_options.h"

namespace certify {

/// Where the scripts find things on the nodes, which share these folders with the submitting
/// machine.
struct SlurmPlace {
  std::filesystem::path program;                                 ///< certify itself
  std::filesystem::path folder;                                  ///< of the sweep, absolute
  std::string name;                                              ///< of the sweep
  std::vector<std::pair<std::string, std::string>> environment;  ///< to be set on the nodes
};

struct SlurmScript {
  std::string file;  ///< relative to the sweep's folder
  std::string text;
  std::vector<std::string> jobs;  ///< ids, by task of the array; their file is `file`.jobs
};

/// One array of tasks for all jobs. Each task does one job and is queued again if it is told to
/// stop. Several arrays where one would have more than `most_tasks` (MaxArraySize).
/// @param jobs  their ids
std::vector<SlurmScript> sample_scripts(const SlurmOptions& options, const SlurmPlace& place,
                                        std::span<const std::string> jobs, std::size_t most_tasks);

/// What is left when all samples are there: merges, certificates, figures, report.
/// @param arguments  of certify, in the sweep's folder
SlurmScript finish_script(const SlurmOptions& options, const SlurmPlace& place,
                          std::span<const std::string> arguments);

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
