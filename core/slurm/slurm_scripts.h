#pragma once
/// A sweep as batch scripts for Slurm, written to be read.

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/slurm/slurm_options.h"

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

/// One array of tasks for all jobs. Each task does one job and is queued again if it is told to
/// stop. Several arrays where one would have more than `most_tasks` (MaxArraySize).
/// @param jobs  their ids
std::vector<SlurmScript> sample_scripts(const SlurmOptions& options, const SlurmPlace& place,
                                        std::span<const std::string> jobs, std::size_t most_tasks);

/// What is left when all samples are there: merges, certificates, figures, report.
/// @param arguments  of certify, in the sweep's folder
SlurmScript finish_script(const SlurmOptions& options, const SlurmPlace& place,
                          std::span<const std::string> arguments);

}  // namespace certify
