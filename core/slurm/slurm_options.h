#pragma once
/// What an experiment file says about the cluster that its jobs go to.

#include <string>
#include <vector>

#include "core/base/json_file.h"

namespace certify {

/// Requests of one task of a job array. What is empty or 0 is left to the site's defaults.
struct SlurmOptions {
  std::string partition, account, qos, time, gres, memory;  ///< as sbatch takes them
  int cpus = 0;                                             ///< of a task
  int at_once = 0;                 ///< tasks of the array that may run side by side
  std::vector<std::string> lines;  ///< #SBATCH lines, and shell lines before the program starts
  Json json = Json::object();      ///< as it was written
};

/// @throws InputError naming file and path.
SlurmOptions read_slurm_options(const JsonPlace& slurm);

/// JSON Schema of the object.
Json slurm_schema();

}  // namespace certify
