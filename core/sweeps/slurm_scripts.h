#pragma once
/// A sweep as batch scripts for Slurm, written to be read.

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/configs/slurm_options.h"
#include "core/sweeps/jobs.h"

namespace certify {

/// Where the scripts find things on the nodes, which share these folders with whoever submits.
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

/// One array of tasks for all jobs, each of which does one and, told to stop, is queued again;
/// several arrays where one would have more than `most_tasks` (MaxArraySize).
std::vector<SlurmScript> sample_scripts(const SlurmOptions& options, const SlurmPlace& place,
                                        std::span<const SweepJob> jobs, std::size_t most_tasks);

/// What is left when all samples are there: merges, certificates, figures, report.
/// @param more  further arguments of `certify sweep`
SlurmScript finish_script(const SlurmOptions& options, const SlurmPlace& place,
                          std::span<const std::string> more);

}  // namespace certify
