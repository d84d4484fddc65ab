#include "core/slurm/task_shard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "core/base/errors.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;
using Variables = std::vector<std::pair<std::string, std::string>>;

/// A task of a batch system: nothing in the environment but what this one sets.
class Task {
 public:
  explicit Task(const Variables& variables) {
    clear();
    for (const auto& [name, value] : variables) setenv(name.c_str(), value.c_str(), 1);
  }
  ~Task() { clear(); }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

 private:
  static void clear() {
    for (const char* name :
         {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX",
          "SLURM_ARRAY_TASK_STEP", "SLURM_ARRAY_TASK_COUNT", "SLURM_PROCID", "JOB_COMPLETION_INDEX",
          "PBS_ARRAY_INDEX", "PBS_ARRAYID", "SGE_TASK_ID", "SGE_TASK_FIRST", "SGE_TASK_LAST",
          "SGE_TASK_STEPSIZE", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE",
          "SLURM_STEP_NUM_TASKS"}) {
      unsetenv(name);
    }
  }
};

std::string shard_of(const Variables& variables, const std::string& shard = "auto/10") {
  const Task task(variables);
  return shard_of_this_task(shard);
}

/// What Slurm 22.05 sets for `--array`: for a list the step is 1.
Variables slurm(int task, int first, int last, int step = 1) {
  return {{"SLURM_ARRAY_TASK_ID", std::to_string(task)},
          {"SLURM_ARRAY_TASK_MIN", std::to_string(first)},
          {"SLURM_ARRAY_TASK_MAX", std::to_string(last)},
          {"SLURM_ARRAY_TASK_STEP", std::to_string(step)},
          {"SLURM_PROCID", "0"}};
}

/// What SGE sets for -t FIRST-LAST:STEP.
Variables sge(int task, int first, int last, int step = 1) {
  return {{"SGE_TASK_ID", std::to_string(task)},
          {"SGE_TASK_FIRST", std::to_string(first)},
          {"SGE_TASK_LAST", std::to_string(last)},
          {"SGE_TASK_STEPSIZE", std::to_string(step)}};
}

auto refused(const std::string& why) { return ThrowsMessage<InputError>(HasSubstr(why)); }

TEST(TaskShard, IsTakenFromATaskOnlyWhereItIsAskedFor) {
  EXPECT_EQ(shard_of(slurm(3, 0, 9), "2/7"), "2/7");
  EXPECT_EQ(shard_of(slurm(3, 0, 9), "0/1"), "0/1") << "an array may be over something else";
  EXPECT_THAT([] { shard_of({}); }, refused("none of SLURM_ARRAY_TASK_ID"));
}

TEST(TaskShard, IsTheNumberThatEachBatchSystemGivesItsTask) {
  for (const char* name :
       {"SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "PBS_ARRAY_INDEX", "PBS_ARRAYID"}) {
    EXPECT_EQ(shard_of({{name, "0"}}), "0/10") << name;
    EXPECT_EQ(shard_of({{name, "9"}}), "9/10") << name;
    EXPECT_THAT([&] { shard_of({{name, "10"}}); }, refused("the shards are 0 to 9")) << name;
    EXPECT_THAT([&] { shard_of({{name, "3x"}}); }, refused(std::string(name) + " is '3x'"));
  }
}

TEST(TaskShard, IsThatOfTheArrayAndNotOfTheRankInIt) {
  EXPECT_EQ(shard_of({{"SLURM_ARRAY_TASK_ID", "3"}, {"SLURM_PROCID", "0"}}), "3/10");
  EXPECT_EQ(shard_of({{"PBS_ARRAY_INDEX", "4"}, {"OMPI_COMM_WORLD_RANK", "0"}}), "4/10");
  EXPECT_EQ(
      shard_of(
          {{"OMPI_COMM_WORLD_RANK", "5"}, {"OMPI_COMM_WORLD_SIZE", "10"}, {"SLURM_PROCID", "0"}}),
      "5/10")
      << "the batch shell's SLURM_PROCID reaches what mpirun starts";
  EXPECT_EQ(shard_of({{"SLURM_PROCID", "9"}, {"SLURM_STEP_NUM_TASKS", "10"}}), "9/10");
}

TEST(TaskShard, OfAnArrayOfSlurmFromOneIsRefusedInEveryTask) {
  for (int task = 1; task <= 10; ++task) {
    EXPECT_THAT([&] { shard_of(slurm(task, 1, 10)); },
                ThrowsMessage<InputError>(AllOf(HasSubstr("the tasks 1 to 10"),
                                                HasSubstr("#SBATCH --array=0-9"),
                                                HasSubstr("sbatch --array=0-9"))))
        << task;
  }
}

TEST(TaskShard, OfAnArrayOfSlurmWithAStepIsRefusedInEveryTask) {
  for (int task = 0; task < 10; task += 2) {
    EXPECT_THAT([&] { shard_of(slurm(task, 0, 8, 2)); }, refused("a step of 2")) << task;
  }
}

TEST(TaskShard, OfAPartOfAnArrayOfSlurmThatIsSubmittedAgainRuns) {
  EXPECT_EQ(shard_of(slurm(7, 3, 7)), "7/10");   // --array=3,7
  EXPECT_EQ(shard_of(slurm(3, 3, 3)), "3/10");   // --array=3
  EXPECT_EQ(shard_of(slurm(9, 1, 9)), "9/10");   // --array=1-9: shard 0 is done
  EXPECT_EQ(shard_of(slurm(4, 0, 12)), "4/10");  // some tasks too many: each shard has one
  EXPECT_THAT([] { shard_of(slurm(12, 0, 12)); }, refused("this is task 12"));
}

TEST(TaskShard, OfSgeCountsFromOne) {
  EXPECT_EQ(shard_of(sge(1, 1, 10)), "0/10");
  EXPECT_EQ(shard_of(sge(10, 1, 10)), "9/10");
  EXPECT_EQ(shard_of(sge(4, 4, 4)), "3/10");  // -t 4, submitted again
  EXPECT_THAT([] { shard_of(sge(1, 1, 12)); }, refused("-t 1-10"));
  EXPECT_THAT([] { shard_of(sge(1, 1, 9, 2)); }, refused("a step of 2"));
  EXPECT_THAT([] { shard_of({{"SGE_TASK_ID", "undefined"}}); }, refused("none of"));
}

TEST(TaskShard, OfPbsSaysThatItsArraysAreFromZeroWhereANumberGivesItAway) {
  EXPECT_THAT([] { shard_of({{"PBS_ARRAY_INDEX", "10"}}); }, refused("#PBS -J 0-9"));
  EXPECT_THAT([] { shard_of({{"PBS_ARRAYID", "10"}}); }, refused("#PBS -t 0-9"));
}

TEST(TaskShard, OfFewerRanksThanShardsIsRefusedInEach) {
  EXPECT_THAT(
      [] {
        shard_of({{"OMPI_COMM_WORLD_RANK", "2"}, {"OMPI_COMM_WORLD_SIZE", "4"}});
      },
      refused("OMPI_COMM_WORLD_RANK is 2 of 4, but the shards are 0 to 9; use mpirun -n 10"));
  EXPECT_THAT(
      [] {
        shard_of({{"SLURM_PROCID", "0"}, {"SLURM_STEP_NUM_TASKS", "1"}});
      },
      refused("SLURM_PROCID is 0 of 1, but the shards are 0 to 9; use srun -n 10"));
  EXPECT_THAT(
      [] {
        shard_of({{"OMPI_COMM_WORLD_RANK", "11"}, {"OMPI_COMM_WORLD_SIZE", "12"}});
      },
      refused("is 11 of 12"));
  EXPECT_THAT(
      [] {
        shard_of({{"SLURM_PROCID", "0"}});
      },
      refused("none of SLURM_ARRAY_TASK_ID"))
      << "a batch script without srun";
}

TEST(TaskShard, NeedsANumberOfShards) {
  for (const char* bad : {"auto/", "auto/0", "auto/-2", "auto/ten", "auto/7/8"}) {
    EXPECT_THAT([&] { shard_of(slurm(0, 0, 9), bad); }, refused("expected auto/N")) << bad;
  }
}

}  // namespace
}  // namespace certify
