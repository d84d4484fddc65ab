// `certify sweep` as far as it goes without sampling: what is refused, and what is planned.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "core/base/files.h"
#include "tests/support/certify_process.h"
#include "tests/support/source_dir.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

class SweepCommand : public testing::Test {
 protected:
  ProcessResult run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "sweep");
    return run_certify(arguments, {folder_.path(), {}, 0});
  }
  std::string refusal(const std::vector<std::string>& arguments, int exit_code = 64) {
    const auto result = run(arguments);
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_FALSE(fs::exists(folder_ / "sweeps")) << "nothing may be written";
    return result.err;
  }
  TemporaryFolder folder_;
};

// At their own size: tests/sweeps/jobs_test.cpp.
TEST_F(SweepCommand, EveryConfigThatShipsExpandsAndDryRuns) {
  int configs = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(CERTIFY_SOURCE_DIR) / "configs")) {
    const auto result = run({entry.path().string(), "--dry-run", "--quick"});
    EXPECT_EQ(result.exit_code, 0) << entry.path() << result.err;
    EXPECT_THAT(result.out, HasSubstr("certify recertify samples/")) << entry.path();
    ++configs;
  }
  EXPECT_GE(configs, 11);
  EXPECT_FALSE(fs::exists(folder_ / "sweeps"));
}

TEST_F(SweepCommand, ADryRunListsEveryJobWithItsCommand) {
  folder_.write("e.json",
                R"({"dataset":"shapes","sigma":0.25,"shards":2,"grid":{"method":["cohen","li"]}})");
  const auto result = run({"e.json", "--dry-run", "--n", "77"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 1 + 2 + 1 + 2);
  EXPECT_THAT(result.out, AllOf(HasSubstr("--shard 1/2"), HasSubstr("certify merge"),
                                HasSubstr("--n 77"), HasSubstr("--method li")));
  EXPECT_THAT(result.err, HasSubstr("2 runs from 1 samplings, 5 jobs"));
}

TEST_F(SweepCommand, ADryRunListsTheChosenJobsAlone) {
  folder_.write("e.json", R"({"dataset":"shapes","grid":{"sigma":[0.25,0.5]}})");
  const auto result = run({"e.json", "--dry-run", "--only", "*s0.5*"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("--sigma 0.5"), Not(HasSubstr("--sigma 0.25"))));
}

TEST_F(SweepCommand, MistakesAreUsageErrorsAndWriteNothing) {
  folder_.write("twice.json", R"({"dataset":"shapes","grid":{"sigma":[0.25,0.25]}})");
  EXPECT_THAT(refusal({"twice.json"}), HasSubstr("have the same output"));
  folder_.write("empty.json", R"({"dataset":"shapes","sigma":1,"grid":{"alpha":[]}})");
  EXPECT_THAT(refusal({"empty.json"}), HasSubstr("/grid/alpha: an empty list"));
  folder_.write("circle.json", R"({"include":"circle.json"})");
  EXPECT_THAT(refusal({"circle.json"}), HasSubstr("leads back to itself"));
  folder_.write("out.json", R"({"dataset":"shapes","sigma":1,"out":"x"})");
  EXPECT_THAT(refusal({"out.json"}), HasSubstr("out.json: /out"));
  folder_.write("good.json", R"({"dataset":"shapes","sigma":1})");
  EXPECT_THAT(refusal({"good.json", "--only", "nothing*"}), HasSubstr("no job has such a name"));
  EXPECT_THAT(refusal({"none.json"}, 65), HasSubstr("none.json: no such file"));
  EXPECT_THAT(refusal({"good.json", "other.json"}), HasSubstr("one FILE"));
  EXPECT_THAT(refusal({}), HasSubstr("no FILE is given"));
  EXPECT_THAT(refusal({"status", "."}, 65), HasSubstr("no sweep here"));
  folder_.write("half/sweep.json", "{\"dataset\": \"sha");
  EXPECT_THAT(refusal({"status", "half"}, 65), HasSubstr("copied in part"));
  folder_.write("labels.json", R"({"dataset":"shapes","grid":{"sigma":[0.25,0.5]},
      "outputs":{"f":{"label":"all"}}})");
  EXPECT_THAT(refusal({"labels.json"}), HasSubstr("two runs are called 'all'"));
}

TEST_F(SweepCommand, AFolderOfSomethingElseIsLeftAlone) {
  folder_.write("good.json", R"({"dataset":"shapes","sigma":1})");
  folder_.write("thesis/chapter1.tex", "x");
  EXPECT_THAT(refusal({"good.json", "--out", "thesis"}, 65), HasSubstr("chapter1.tex"));
}

TEST_F(SweepCommand, AJobThatFailsIsNamedWithItsReasonAndTheExitCodeIsTheWorst) {
  folder_.write("e.json", R"({"dataset":"mnist","sigma":0.25,"data_dir":"nowhere"})");
  const auto result = run({"e.json", "--out", "S", "--quick"});
  ASSERT_THAT(result.exit_code, AnyOf(65, 64)) << "no data; or no LibTorch: " << result.err;
  const std::string code = std::to_string(result.exit_code);
  EXPECT_THAT(result.err, AllOf(HasSubstr("ended with exit code " + code + ": error: "),
                                HasSubstr(".log"), HasSubstr("left out, as what it needs failed")));
  const auto status = run({"status", "S"});
  EXPECT_EQ(status.exit_code, 0) << status.err;
  EXPECT_THAT(status.out, AllOf(HasSubstr("failed (" + code + ")"), HasSubstr("waiting"),
                                HasSubstr("0 of 2 jobs are done")));
}

}  // namespace
}  // namespace certify
