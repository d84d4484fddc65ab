#include "core/slurm/task_shard.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "core/base/errors.h"

namespace certify {
namespace {

TEST(TaskShard, IsThatOfATaskWhereItIsAskedFor) {
  for (const char* variable : {"SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "SLURM_PROCID"}) {
    unsetenv(variable);
  }
  EXPECT_EQ(shard_of_this_task("2/7"), "2/7");
  EXPECT_THROW(shard_of_this_task("auto/7"), InputError);
  setenv("SLURM_PROCID", "0", 1);
  EXPECT_EQ(shard_of_this_task("auto/7"), "0/7");
  setenv("SLURM_ARRAY_TASK_ID", "3", 1);
  EXPECT_EQ(shard_of_this_task("auto/7"), "3/7");
  EXPECT_EQ(shard_of_this_task("0/1"), "0/1") << "an array may be over something else";
  unsetenv("SLURM_ARRAY_TASK_ID");
  setenv("JOB_COMPLETION_INDEX", "7", 1);
  EXPECT_EQ(shard_of_this_task("auto/7"), "7/7") << "an array from 1; parse_shard() refuses it";
  unsetenv("JOB_COMPLETION_INDEX");
  unsetenv("SLURM_PROCID");
}

}  // namespace
}  // namespace certify
