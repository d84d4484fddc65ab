#pragma once

#include <string>

namespace certify {

/// "auto/8" as "3/8", by the variable that tells a task of a batch system which one it is:
/// SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX (a Kubernetes indexed job) or SLURM_PROCID (srun -n).
/// Other texts as they are. Only where it is asked for: an array may well be over something else
/// than images. How many parts there are must be said, because SLURM_ARRAY_TASK_COUNT shrinks when
/// some tasks of an array are submitted again.
/// @throws InputError where "auto" is asked for and no such variable is set.
std::string shard_of_this_task(const std::string& shard);

}  // namespace certify
