#include "core/slurm/task_shard.h"

#include <cstdlib>

#include "core/base/errors.h"

namespace certify {

std::string shard_of_this_task(const std::string& shard) {
  constexpr const char* kAuto = "auto/";
  if (!shard.starts_with(kAuto)) return shard;
  // In this order: a task of an array has the last one too, and it is 0 in all of them.
  for (const char* variable : {"SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "SLURM_PROCID"}) {
    const char* task = std::getenv(variable);
    if (task && *task) return task + shard.substr(std::string(kAuto).size() - 1);
  }
  throw InputError(
      "--shard {}: none of SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX, SLURM_PROCID is set here; "
      "write I/N",
      shard);
}

}  // namespace certify
