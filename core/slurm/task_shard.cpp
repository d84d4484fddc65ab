#include "core/slurm/task_shard.h"

#include <cstdlib>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/parse.h"

namespace certify {
namespace {

/// The number in a variable of the environment; nothing where it is not set, or set to what SGE
/// sets it to outside arrays.
std::optional<int> number_in(const char* variable) {
  const char* const text = std::getenv(variable);
  if (!text || !*text || text == std::string_view("undefined")) return std::nullopt;
  if (const auto number = parse_number<int>(text)) return number;
  throw InputError("--shard auto/N: {} is '{}', expected a whole number", variable, text);
}

/// @param instead  how to submit it, so that each shard has a task
[[noreturn]] void refuse_array(int parts, const std::string& what, const std::string& instead) {
  throw InputError("--shard auto/{0}: {1}, but the shards are 0 to {2}; use {3}", parts, what,
                   parts - 1, instead);
}

/// A part of an array that is submitted again (--array=3,7) has MIN 3, MAX 7 and STEP 1, and must
/// run. What tells a wrong array from it: a number that is no shard beside a first one above 0, as
/// in 1-N; and a STEP above 1, which Slurm 22.05 sets for 0-9:2 and not for a list.
std::optional<int> slurm_array_task(int parts) {
  const auto task = number_in("SLURM_ARRAY_TASK_ID");
  if (!task) return std::nullopt;
  const int first = number_in("SLURM_ARRAY_TASK_MIN").value_or(*task);
  const int last = number_in("SLURM_ARRAY_TASK_MAX").value_or(*task);
  const int step = number_in("SLURM_ARRAY_TASK_STEP").value_or(1);
  const std::string instead =
      fmt::format("#SBATCH --array=0-{0} (sbatch --array=0-{0})", parts - 1);
  if (first > 0 && last >= parts) {
    refuse_array(parts, fmt::format("this array has the tasks {} to {}", first, last), instead);
  }
  if (step > 1) {
    refuse_array(parts, fmt::format("this array has a step of {}", step), instead);
  }
  if (*task >= parts) refuse_array(parts, fmt::format("this is task {}", *task), instead);
  return task;
}

/// Tasks of SGE count from 1. A part of an array (-t 4) keeps its numbers.
std::optional<int> sge_array_task(int parts) {
  const auto task = number_in("SGE_TASK_ID");
  if (!task) return std::nullopt;
  const int last = number_in("SGE_TASK_LAST").value_or(*task);
  const int step = number_in("SGE_TASK_STEPSIZE").value_or(1);
  const std::string instead = fmt::format("-t 1-{} (task 1 does shard 0)", parts);
  if (step > 1) {
    refuse_array(parts, fmt::format("this array has a step of {}", step), instead);
  }
  if (*task < 1 || *task > parts || last > parts) {
    refuse_array(parts, fmt::format("this is task {} of an array to {}", *task, last), instead);
  }
  return *task - 1;
}

// Tasks 1 to N - 1 of an array from 1 to N cannot know that there is no task 0: PBS tells no range.
constexpr const char* kPbsPro =
    "#PBS -J 0-{0}: an array from 1 leaves out shard 0, and certify merge refuses the rest without "
    "it";
constexpr const char* kTorque =
    "#PBS -t 0-{0}: an array from 1 leaves out shard 0, and certify merge refuses the rest without "
    "it";

/// Of a system that counts from 0, and tells no range or always the whole one.
std::optional<int> task_from_zero(const char* variable, int parts, const char* instead) {
  const auto task = number_in(variable);
  if (task && *task >= parts) {
    refuse_array(parts, fmt::format("{} is {}", variable, *task),
                 fmt::format(fmt::runtime(instead), parts - 1, parts));
  }
  return task;
}

/// A rank, from 0. All of them are started together, so that fewer than there are shards leave some
/// out; that is refused in each.
/// @param size  variable with their number; where it is not set, none were started
std::optional<int> rank_of(const char* variable, const char* size, int parts, const char* instead) {
  const auto rank = number_in(variable);
  const auto ranks = number_in(size);
  if (!rank || !ranks) return std::nullopt;
  if (*ranks < parts || *rank >= parts) {
    refuse_array(parts, fmt::format("{} is {} of {}", variable, *rank, *ranks),
                 fmt::format(fmt::runtime(instead), parts));
  }
  return rank;
}

}  // namespace

std::string shard_of_this_task(const std::string& shard) {
  constexpr std::string_view kAuto = "auto/";
  if (!shard.starts_with(kAuto)) return shard;
  const auto parts = parse_number<int>(std::string_view(shard).substr(kAuto.size()));
  if (!parts || *parts < 1) throw InputError("--shard {}: expected auto/N with N >= 1", shard);
  auto task = slurm_array_task(*parts);
  if (!task) task = task_from_zero("JOB_COMPLETION_INDEX", *parts, "completions: {1}");
  if (!task) task = task_from_zero("PBS_ARRAY_INDEX", *parts, kPbsPro);
  if (!task) task = task_from_zero("PBS_ARRAYID", *parts, kTorque);
  if (!task) task = sge_array_task(*parts);
  // Behind the arrays: a task of an array has a rank, too, and it is 0 in all of them.
  if (!task) {
    task = rank_of("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", *parts, "mpirun -n {}");
  }
  // A batch script has a SLURM_PROCID of 0, too; a number of ranks has only what srun starts.
  if (!task) task = rank_of("SLURM_PROCID", "SLURM_STEP_NUM_TASKS", *parts, "srun -n {}");
  if (task) return fmt::format("{}/{}", *task, *parts);
  throw InputError(
      "--shard {}: none of SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX, PBS_ARRAY_INDEX, "
      "PBS_ARRAYID, SGE_TASK_ID, OMPI_COMM_WORLD_RANK, SLURM_PROCID (of srun) is set here; write "
      "I/N",
      shard);
}

}  // namespace certify
