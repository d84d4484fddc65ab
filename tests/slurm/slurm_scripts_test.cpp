#include "core/slurm/slurm_launcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/files.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const SlurmPlace kPlace{"/opt/certify/bin/certify",
                        "/scratch/my sweeps/50%",
                        "table 1",
                        {{"CERTIFY_DATA", "/data/it's"}}};

std::vector<std::string> jobs(int count) {
  std::vector<std::string> ids;
  for (int i = 0; i < count; ++i) ids.push_back("job" + std::to_string(i));
  return ids;
}

TEST(SlurmScripts, AnArrayIsCutWhereTheClusterAllowsNoMoreTasks) {
  const auto scripts = sample_scripts({}, kPlace, jobs(7), 3);
  ASSERT_EQ(scripts.size(), 3U);
  EXPECT_THAT(scripts[1].jobs, ElementsAre("job3", "job4", "job5"));
  EXPECT_THAT(scripts[1].text,
              AllOf(HasSubstr("#SBATCH --array=0-2\n"), HasSubstr("slurm/sample-1.sbatch.jobs")));
  EXPECT_THAT(scripts[2].text, HasSubstr("#SBATCH --array=0-0\n"));
  EXPECT_TRUE(sample_scripts({}, kPlace, {}, 3).empty());
}

TEST(SlurmScripts, FoldersAreQuotedForTheShellAndForSlurm) {
  const std::string text = sample_scripts({}, kPlace, jobs(1), 9)[0].text;
  EXPECT_THAT(text, AllOf(HasSubstr("--output='/scratch/my sweeps/50%%/logs/slurm-%A_%a.log'\n"),
                          HasSubstr("--job-name='certify-table 1'\n"),
                          HasSubstr("cd '/scratch/my sweeps/50%' || exit 74\n"),
                          HasSubstr("export CERTIFY_DATA='/data/it'\\''s'\n")));
}

TEST(SlurmScripts, RequestsStandInTheHeadAndOtherLinesBehindIt) {
  TemporaryFolder folder;
  folder.write("e.json",
               R"({"partition":"gpu","gres":"gpu:1","time":"01:00:00","cpus":4,"at_once":2,
      "lines":["module load cuda","#SBATCH --constraint=h200"]})");
  const SlurmOptions options = read_slurm_options(read_json_object(folder / "e.json"));
  const std::string text = sample_scripts(options, kPlace, jobs(5), 9)[0].text;
  EXPECT_THAT(text, AllOf(HasSubstr("#SBATCH --array=0-4%2\n"), HasSubstr("#SBATCH --gres=gpu:1\n"),
                          HasSubstr("#SBATCH --cpus-per-task=4\n")));
  const auto head = text.find("#SBATCH --constraint=h200\n"), shell = text.find("for variable");
  EXPECT_LT(head, shell) << "Slurm reads no request behind a command";
  EXPECT_LT(shell, text.find("\nmodule load cuda\n"));
  const std::string last =
      finish_script(options, kPlace,
                    std::vector<std::string>{"sweep", "sweep.json", "--only", "a*"})
          .text;
  EXPECT_THAT(last,
              AllOf(Not(HasSubstr("gres")), HasSubstr("/certify sweep sweep.json --only 'a*'\n")));
}

}  // namespace
}  // namespace certify
