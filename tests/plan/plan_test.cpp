// A run and a sweep ask the same place what options mean, so they refuse the same, in the same
// words.

#include "core/plan/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/configs/experiment.h"
#include "core/methods/catalogue.h"
#include "core/plan/recertify_plan.h"
#include "core/sweeps/jobs.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

/// The options as a run with --config sees them.
OptionSet options_of(const Experiment& experiment) { return only_run(experiment); }

std::string refusal_of_run(const OptionSet& options) {
  try {
    resolve(options);
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

/// What `certify sweep FILE --dry-run` says, without the name of the run in front.
std::string refusal_of_sweep(const Experiment& experiment) {
  try {
    plan_jobs(expand(experiment), experiment.shards);
    return "";
  } catch (const InputError& error) {
    const std::string what = error.what();
    const std::string run = "run e: ";
    return what.starts_with(run) ? what.substr(run.size()) : what;
  }
}

/// An option with a value that it may have.
struct Setting {
  std::string name;
  Json value;
};

/// Every option of a run, with every word that it may be, or values inside its range, or texts that
/// mean different things. Those of a single run (out, shard, fresh) are no option of a sweep.
std::vector<Setting> all_settings() {
  std::vector<Setting> settings;
  for (const OptionSpec& option : option_table()) {
    const std::string name(option.name);
    if (name == "out" || name == "shard" || name == "fresh") continue;
    std::vector<Json> values;
    if (name == "dataset") values = {"shapes", "cifar10", "image-folder", "arrays", "nowhere"};
    if (name == "split") values = {"test", "train", "validation"};
    if (name == "normalize") values = {"none", "cifar10", "0.5/0.25", "half"};
    if (name == "device") values = {"auto", "cpu", "cuda", "cuda:1", "gpu"};
    if (name == "crop") values = {"24", "24x20", "large"};
    if (name == "stop_at") values = {"0.25,0.5", "9", "-1", "near"};
    if (name == "denoiser_kind") values = {"direct", "diffusion:linear:1000", "diffusion:square:9"};
    if (name == "n") values = {1, 2, 1000};
    if (name == "n0") values = {0, 10};
    if (values.empty()) {
      for (const auto word : option.words) values.emplace_back(std::string(word));
    }
    if (values.empty() && option.type == OptionType::kFlag) values = {true, false};
    if (values.empty() && option.type == OptionType::kInteger) {
      values = {static_cast<std::int64_t>(option.least), 7};
    }
    if (values.empty() && option.type == OptionType::kNumber) values = {0.01};
    if (values.empty()) values = {"some.npy"};
    for (Json& value : values) settings.push_back({name, std::move(value)});
  }
  return settings;
}

Experiment experiment_of(const std::vector<Setting>& settings) {
  Experiment experiment;
  experiment.name = "e";
  experiment.set("dataset", "shapes", "test");
  experiment.set("sigma", 0.25, "test");
  for (const Setting& s : settings) experiment.set(s.name, s.value, "test");
  return experiment;
}

/// The options that a job's command line sets.
OptionSet typed(const std::vector<std::string>& arguments) {
  OptionSet options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    for (const OptionSpec& option : option_table()) {
      if (flag_of(option) != arguments[i]) continue;
      const bool flag = option.type == OptionType::kFlag;
      options.set(option.name, parse_option(option, flag ? "true" : arguments.at(i + 1), "test"),
                  "test");
      if (!flag) ++i;
      break;
    }
  }
  return options;
}

/// Whether `certify recertify` would do the job with the samples that `sampling` keeps.
std::string refusal_of_recertify(const SweepJob& job, const RunSettings& sampling) {
  RecertifyOptions o;
  const OptionSet options = typed(job.arguments);
  o.methods = {options.text("method")};
  o.alpha = options.number("alpha");
  o.select = options.text("select");
  if (options.given("n")) o.n = options.integer("n");
  if (options.given("temperature")) o.temperature = options.number("temperature");
  if (options.given("score_link")) o.score_link = options.text("score_link");
  const StoredFacts facts{.name = "samples",
                          .noise = sampling.noise_value(),
                          .select = sampling.select,
                          .scores = sampling.scores,
                          .gradient = sampling.gradient,
                          .n_if_stopped = sampling.stop_at.empty() ? 0 : sampling.n};
  try {
    resolve(o, facts);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

/// A run that is accepted becomes jobs that are accepted.
void expect_jobs_that_run(const Experiment& experiment, const std::string& what) {
  const auto runs = expand(experiment);
  const auto jobs = plan_jobs(runs, 1);
  ASSERT_EQ(jobs.size(), 2U) << what;
  const OptionSet sample = typed(jobs[0].arguments);
  ASSERT_THAT(refusal_of_run(sample), IsEmpty()) << what;
  EXPECT_THAT(refusal_of_recertify(jobs[1], resolve(sample).settings), IsEmpty()) << what;
}

TEST(Plan, ARunAndASweepRefuseTheSamePairsOfOptionsInTheSameWords) {
  const std::vector<Setting> settings = all_settings();
  int refused = 0, accepted = 0;
  for (std::size_t a = 0; a < settings.size(); ++a) {
    for (std::size_t b = a; b < settings.size(); ++b) {
      if (a != b && settings[a].name == settings[b].name) continue;
      const std::vector<Setting> pair{settings[a], settings[b]};
      const std::string what = fmt::format("{} {}, {} {}", pair[0].name, pair[0].value.dump(),
                                           pair[1].name, pair[1].value.dump());
      const Experiment experiment = experiment_of(pair);
      const std::string by_run = refusal_of_run(options_of(experiment));
      ASSERT_EQ(by_run, refusal_of_sweep(experiment)) << what;
      ++(by_run.empty() ? accepted : refused);
      if (by_run.empty()) {
        ASSERT_NO_FATAL_FAILURE(expect_jobs_that_run(experiment, what));
      }
    }
  }
  EXPECT_GT(accepted, 1000);
  EXPECT_GT(refused, 300);
}

class PlanRefuses : public testing::Test {
 protected:
  static std::string refusal(const std::vector<Setting>& settings) {
    const Experiment experiment = experiment_of(settings);
    const std::string by_run = refusal_of_run(options_of(experiment));
    EXPECT_EQ(by_run, refusal_of_sweep(experiment));
    return by_run;
  }
};

TEST_F(PlanRefuses, WhatOnlyARunUsedToRefuse) {
  EXPECT_THAT(refusal({{"stop_at", "0.25"}, {"scores", "trace"}}), HasSubstr("leave --scores out"));
  EXPECT_THAT(refusal({{"mask", "m.pgm"}}), HasSubstr("needs --gradient"));
  EXPECT_THAT(refusal({{"gradient", true}, {"n", 1}}), HasSubstr("at least two samples"));
  EXPECT_THAT(refusal({{"precision", "fp16"}, {"device", "cpu"}}),
              HasSubstr("on the CPU there are fp32, bf16 ("));
  Experiment map = experiment_of({{"lipschitz", 2.0}, {"model", "m.pt"}});
  map.forget("sigma");
  map.set("sigma_map", "m.npy", "test");
  EXPECT_THAT(refusal_of_run(options_of(map)), HasSubstr("no --sigma-map"));
  EXPECT_EQ(refusal_of_run(options_of(map)), refusal_of_sweep(map));
}

TEST_F(PlanRefuses, WhatNoDataSetNetworkOrNoiseCanBe) {
  EXPECT_THAT(refusal({{"dataset", "nowhere"}}), HasSubstr("unknown data set 'nowhere'"));
  EXPECT_THAT(refusal({{"resize", 64}}), HasSubstr("no --resize"));
  EXPECT_THAT(refusal({{"split", "validation"}}), HasSubstr("no split 'validation'"));
  EXPECT_THAT(refusal({{"device", "gpu"}}), HasSubstr("--device gpu: expected auto"));
  EXPECT_THAT(refusal({{"normalize", "half"}}), HasSubstr("--normalize half"));
  EXPECT_THAT(refusal({{"sigma_map", "m.npy"}}), HasSubstr("one or the other"));
  EXPECT_THAT(refusal({{"stop_at", "9"}}), HasSubstr("out of reach of every image"));
  EXPECT_THAT(refusal({{"select", "n0"}, {"n0", 0}}), HasSubstr("needs selection samples"));
  EXPECT_THAT(refusal({{"method", "soft-second-betting"}, {"scores", "histogram"}}),
              HasSubstr("--scores trace"));
}

TEST(Plan, FollowsWhatOptionsImply) {
  const auto settings = [](const std::vector<Setting>& given) {
    return resolve(options_of(experiment_of(given))).settings;
  };
  EXPECT_EQ(settings({{"stop_at", "0.25"}}).method, "cohen-sequential");
  EXPECT_EQ(settings({{"n0", 0}}).select, Selection::kSame);
  EXPECT_EQ(settings({{"select", "label"}}).n0, 0);
  EXPECT_EQ(settings({{"select", "label"}, {"n0", 50}}).n0, 50);
  EXPECT_EQ(settings({{"method", "predict"}}).n0, 0);
  EXPECT_TRUE(settings({{"method", "first-order"}}).gradient);
  EXPECT_EQ(settings({{"method", "soft-second-histogram"}}).scores.keep, ScoreKeeping::kHistogram);
  EXPECT_EQ(settings({{"method", "soft-second-betting"}, {"scores", "matrix"}}).scores.keep,
            ScoreKeeping::kMatrix);
}

}  // namespace
}  // namespace certify
