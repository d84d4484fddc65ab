#pragma once

#include <string>

namespace certify {

/// "auto/8" as "3/8", by the variable that tells a task of a batch system which one it is, the
/// first of these that is set:
/// - SLURM_ARRAY_TASK_ID of an array from 0;
/// - JOB_COMPLETION_INDEX of a Kubernetes indexed job;
/// - PBS_ARRAY_INDEX (PBS Pro) or PBS_ARRAYID (Torque) of an array from 0;
/// - SGE_TASK_ID of an array from 1, as SGE knows no other: task 1 does shard 0;
/// - OMPI_COMM_WORLD_RANK (mpirun), SLURM_PROCID (srun -n).
/// Other texts as they are. Only where it is asked for: an array may well be over noise levels, and
/// its runs would be cut up. How many parts there are must be said, because SLURM_ARRAY_TASK_COUNT
/// shrinks when some tasks of an array are submitted again.
///
/// An array that leaves out shards is refused in each of its tasks, where the batch system tells
/// the whole range: one of Slurm from 1 to N, or one of Slurm or SGE with a step. The first and
/// last number and the step say so, never how many tasks there are. PBS tells no range. There the
/// task with a number above N - 1 is refused alone, and merge_runs() names the shard that is
/// missing. Ranks of mpirun and srun are refused where there are fewer than N.
/// @throws InputError with the line to use for such an array; for a task number that is no shard;
/// where "auto" is asked for and no such variable is set.
std::string shard_of_this_task(const std::string& shard);

}  // namespace certify
