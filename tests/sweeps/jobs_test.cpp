#include "core/sweeps/jobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <utility>

#include "core/base/errors.h"
#include "core/sweeps/results.h"
#include "core/sweeps/sweep_folder.h"
#include "tests/support/source_dir.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

class Jobs : public testing::Test {
 protected:
  std::vector<SweepJob> plan(const std::string& content, int shards = 1) {
    experiment_ = read_experiment(folder_.write("e.json", content), false);
    runs_ = expand(experiment_);
    return plan_jobs(runs_, shards);
  }
  static std::size_t samplings(const std::vector<SweepJob>& jobs) {
    std::set<std::string> sources;
    for (const SweepJob& job : jobs) {
      if (job.stage == JobStage::kCertify) sources.insert(job.source);
    }
    return sources.size();
  }
  TemporaryFolder folder_;
  Experiment experiment_;
  std::vector<ExperimentRun> runs_;
};

/// Else every sweep that there is would be sampled again. A new option of the samples is to be
/// added to those that came later.
TEST_F(Jobs, ASamplingKeepsItsNameFromVersionToVersion) {
  EXPECT_EQ(plan(R"({"dataset":"shapes","sigma":0.25,"n":100})")[0].id,
            "sample-shapes-s0.25-n100-2c16a142");
}

TEST_F(Jobs, MethodAlphaAndClassShareOneSampling) {
  const auto jobs = plan(R"({"dataset":"shapes","sigma":0.25,"n":100,"grid":
      {"method":["cohen","two-sided","li"],"alpha":[0.1,0.01],"select":["n0","label","same"]}})");
  EXPECT_EQ(jobs.size(), 19U);
  EXPECT_EQ(samplings(jobs), 1U);
  EXPECT_THAT(jobs[0].arguments, IsSupersetOf({"--select", "n0", "--n0", "100"}));
  EXPECT_THAT(jobs[1].needs, ElementsAre(jobs[0].id));
}

TEST_F(Jobs, WhateverChangesTheSamplesDoesNotShare) {
  for (const auto& [one, other] : {std::pair{R"("sigma":0.12)", R"("sigma":0.25)"},
                                   {R"("n":100)", R"("n":200)"},
                                   {R"("seed":0)", R"("seed":1)"},
                                   {R"("skip":1)", R"("skip":2)"},
                                   {R"("n0":10)", R"("n0":20)"},
                                   {R"("batch":0)", R"("batch":32)"},
                                   {R"("model":"a.pt")", R"("model":"b/a.pt")"},
                                   {R"("device":"cpu")", R"("device":"cuda")"}}) {
    const auto jobs = plan(R"({"dataset":"shapes","sigma":0.5,"runs":[{"name":"a",)" +
                           std::string(one) + R"(},{"name":"b",)" + other + "}]}");
    EXPECT_EQ(samplings(jobs), 2U) << one;
    EXPECT_NE(jobs[0].out, jobs[1].out) << one;
  }
}

TEST_F(Jobs, VotesComeFromTheSamplingThatKeepsScoresForOthers) {
  const auto jobs = plan(R"({"dataset":"shapes","sigma":0.25,"n":100,"select":"label","grid":
      {"method":["cohen","soft-second-histogram","soft-second-betting"]}})");
  EXPECT_EQ(samplings(jobs), 1U);
  EXPECT_THAT(jobs[0].arguments, IsSupersetOf({"--scores", "trace", "--select", "label"}));
  EXPECT_THAT(jobs[0].arguments, Not(Contains("--n0")));
}

TEST_F(Jobs, ScoresOfTheLabelAreNotSampledForAClassFromN0) {
  const auto jobs = plan(R"({"dataset":"shapes","sigma":0.25,"n":100,"runs":[
      {"name":"a","method":"soft-second-betting","select":"label"},{"name":"b","method":"cohen"}]})");
  EXPECT_EQ(samplings(jobs), 2U);
}

TEST_F(Jobs, VotesComeFromTheSamplingThatGathersGradientsToo) {
  const auto jobs = plan(R"({"dataset":"shapes","sigma":0.25,"n":100,"grid":
      {"method":["cohen","first-order","first-order-tight"],"alpha":[0.1,0.01]}})");
  EXPECT_EQ(samplings(jobs), 1U);
  EXPECT_THAT(jobs[0].arguments, IsSupersetOf({"--gradient", "--n0"}));
  for (const SweepJob& job : jobs) {
    if (job.stage == JobStage::kSample) continue;
    EXPECT_THAT(job.arguments, Not(Contains("--gradient")));
  }
}

TEST_F(Jobs, AGradientOfTheLabelIsNotSampledForAClassFromN0) {
  const auto jobs = plan(R"({"dataset":"shapes","sigma":0.25,"n":100,"runs":[
      {"name":"a","method":"first-order","select":"label"},{"name":"b","method":"cohen"}]})");
  EXPECT_EQ(samplings(jobs), 2U);
}

TEST_F(Jobs, AGradientNeedsItsClassBeforehandAndAllSamples) {
  const std::string head = R"({"dataset":"shapes","sigma":0.25,"n":1000,)";
  EXPECT_THROW(plan(head + R"("method":"first-order","n0":0})"), InputError);
  EXPECT_THROW(plan(head + R"("gradient":true,"stop_at":"0.1","method":"cohen-sequential"})"),
               InputError);
}

TEST_F(Jobs, StoppingNeedsAClassKnownBeforeAnythingIsSampled) {
  EXPECT_THROW(plan(R"({"dataset":"shapes","sigma":0.25,"n":1000,"stop_at":"0.1","n0":0})"),
               InputError);
}

TEST_F(Jobs, RunsMayNotDifferInPlacesThatNoSamplingIsKeyedBy) {
  for (const std::string place : {"model_dir", "data_dir"}) {
    EXPECT_THROW(plan(R"({"dataset":"shapes","sigma":0.25,"runs":[{"name":"a",")" + place +
                      R"(":"A"},{"name":"b",")" + place + R"(":"B"}]})"),
                 InputError);
  }
}

TEST_F(Jobs, TemperaturesShareAMatrixAndNothingElse) {
  const std::string head = R"({"dataset":"shapes","sigma":0.25,"n":100,"select":"label",
      "method":"soft-second-betting",)";
  EXPECT_EQ(samplings(plan(head + R"("grid":{"temperature":[1,2]}})")), 2U);
  const auto jobs = plan(head + R"("scores":"matrix","grid":{"temperature":[1,2]}})");
  EXPECT_EQ(samplings(jobs), 1U);
  EXPECT_THAT(jobs[2].arguments, IsSupersetOf({"--temperature", "2"}));
}

TEST_F(Jobs, ASmallerNComesFromTheSameMatrix) {
  const auto jobs = plan(R"({"dataset":"shapes","sigma":0.25,"select":"label","scores":"matrix",
      "grid":{"n":[50,200,100]}})");
  EXPECT_EQ(samplings(jobs), 1U);
  EXPECT_THAT(jobs[0].arguments, IsSupersetOf({"--n", "200"}));
  EXPECT_THAT(jobs[1].arguments, IsSupersetOf({"--n", "50"}));
  EXPECT_THAT(jobs[2].arguments, Not(Contains("--n")));
}

TEST_F(Jobs, AnotherMethodOrAlphaLeavesTheSamplesFolderAsItIs) {
  const std::string head = R"({"dataset":"shapes","sigma":0.25,"n":100,"method":)";
  EXPECT_EQ(plan(head + R"("cohen"})")[0].out, plan(head + R"("li","alpha":0.5})")[0].out);
  EXPECT_NE(plan(head + R"("cohen"})")[0].out, plan(head + R"("cohen","seed":1})")[0].out);
}

TEST_F(Jobs, ShardsAreSampledApartAndMerged) {
  const auto jobs = plan(R"({"dataset":"shapes","sigma":0.25,"n":100})", 3);
  ASSERT_EQ(jobs.size(), 5U);
  EXPECT_EQ(jobs[2].shard, "2/3");
  EXPECT_EQ(jobs[3].stage, JobStage::kMerge);
  EXPECT_THAT(jobs[3].needs, ElementsAre(jobs[0].id, jobs[1].id, jobs[2].id));
  EXPECT_THAT(jobs[4].needs, ElementsAre(jobs[3].id));
  EXPECT_EQ(jobs[3].out, jobs[4].source);
}

TEST_F(Jobs, RunsThatKeepTooLittleAreRefused) {
  const std::string head = R"({"dataset":"shapes","sigma":0.25,"method":"soft-second-betting",)";
  EXPECT_THROW(plan(head + R"("scores":"none"})"), InputError);
  EXPECT_THROW(plan(head + R"("scores":"histogram"})"), InputError);
  EXPECT_THROW(plan(head + R"("select":"same"})"), InputError);
  EXPECT_NO_THROW(plan(head + R"("scores":"matrix","select":"same"})"));
}

TEST_F(Jobs, TheFrozenExperimentGivesTheSameJobs) {
  const auto jobs = plan(R"({"title":"T","dataset":"shapes","select":"label",
      "zip":{"sigma":[0.12,0.25],"n":[10,20]},"grid":{"method":["cohen","li"]},
      "runs":[{"name":"a"},{"name":"b","seed":3}],
      "outputs":{"t":{"kind":"table","at":[0,1],"runs":{"method":"li"}}}})");
  const auto again = plan(frozen(experiment_, runs_).dump());
  EXPECT_EQ(jobs_tsv(again), jobs_tsv(jobs));
  EXPECT_EQ(experiment_.outputs.at(0).at, (std::vector<double>{0, 1}));
}

TEST_F(Jobs, SamplesThatAreStoppedEarlyBelongToTheirMethodAndAlpha) {
  const std::string head = R"({"dataset":"shapes","sigma":0.25,"stop_at":"0.1",)";
  const auto jobs = plan(head + R"("grid":{"alpha":[0.1,0.01]}})");
  EXPECT_EQ(samplings(jobs), 2U);
  EXPECT_THAT(jobs[0].arguments, IsSupersetOf({"--stop-at", "0.1", "--alpha"}));
  EXPECT_THAT(jobs[0].arguments, Contains("cohen-sequential"));
  EXPECT_THROW(plan(head + R"("method":"li"})"), InputError);
}

TEST_F(Jobs, CommandsAreQuotedForAShell) {
  const auto jobs = plan(R"({"dataset":"shapes","sigma":0.25,"model":"/it's here/m.pt"})");
  EXPECT_THAT(jobs_tsv(jobs), HasSubstr(R"(--model '/it'\''s here/m.pt')"));
}

TEST_F(Jobs, EveryConfigThatShipsExpandsAtItsOwnSize) {
  for (const auto& entry : fs::directory_iterator(fs::path(CERTIFY_SOURCE_DIR) / "configs")) {
    const Experiment experiment = read_experiment(entry.path(), false);
    const std::vector<ExperimentRun> runs = expand(experiment);
    EXPECT_THAT(plan_jobs(runs, 1), Not(IsEmpty())) << entry.path();
    for (const OutputSpec& output : experiment.outputs) {
      EXPECT_NO_THROW(check_output(output, runs)) << entry.path() << output.name;
    }
  }
}

}  // namespace
}  // namespace certify
