#include "apps/certify/sweep/sweep_plan.h"

#include <fnmatch.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "core/sweeps/results.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

void refuse_options_of_one_run(const Experiment& experiment) {
  for (const OptionSpec& option : option_table()) {
    if (option_of_sweep(option) || !experiment.fixed.given(option.name)) continue;
    throw InputError(
        fmt::format("{}: is of a single run; a sweep has its own (--out DIR, \"shards\")",
                    experiment.fixed.origin(option.name)));
  }
}

/// Jobs run in the sweep's folder, so paths must not depend on where it was started.
void make_paths_absolute(Experiment& experiment) {
  const auto absolute = [](Json& value) {
    value = fs::absolute(value.get<std::string>()).lexically_normal().string();
  };
  for (const OptionSpec& option : option_table()) {
    if (option.type != OptionType::kPath) continue;
    const auto in = [&](OptionSet& options) {
      if (!options.given(option.name)) return;
      Json value = options.value(option.name);
      absolute(value);
      options.set(option.name, value, options.origin(option.name));
    };
    in(experiment.fixed);
    for (Case& one : experiment.cases) in(one.options);
    for (auto* axes : {&experiment.grid, &experiment.zip}) {
      for (Axis& axis : *axes) {
        if (axis.option != option.name) continue;
        std::for_each(axis.values.begin(), axis.values.end(), absolute);
      }
    }
  }
  for (const char* variable : kFolderVariables) {
    const char* folder = std::getenv(variable);
    if (folder && *folder) setenv(variable, fs::absolute(folder).c_str(), 1);
  }
}

bool matches(const SweepJob& job, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    const std::string run = fs::path(job.out).filename().string();
    return fnmatch(pattern.c_str(), job.id.c_str(), 0) == 0 ||
           fnmatch(pattern.c_str(), run.c_str(), 0) == 0;
  });
}

}  // namespace

bool option_of_sweep(const OptionSpec& option) {
  return option.name != "out" && option.name != "shard" && option.name != "fresh";
}

Sweep plan_sweep(Experiment experiment) {
  refuse_options_of_one_run(experiment);
  make_paths_absolute(experiment);
  Sweep sweep{std::move(experiment), {}, {}};
  sweep.runs = expand(sweep.experiment);
  for (const OutputSpec& output : sweep.experiment.outputs) check_output(output, sweep.runs);
  sweep.jobs = plan_jobs(sweep.runs, sweep.experiment.shards);
  return sweep;
}

std::set<std::string> chosen_jobs(const Sweep& sweep, const std::vector<std::string>& only) {
  std::set<std::string> chosen;
  for (auto job = sweep.jobs.rbegin(); job != sweep.jobs.rend(); ++job) {  // needs come earlier
    if (!only.empty() && !chosen.contains(job->id) && !matches(*job, only)) continue;
    chosen.insert(job->id);
    chosen.insert(job->needs.begin(), job->needs.end());
  }
  if (chosen.empty()) {
    throw InputError(fmt::format("--only {}: no job has such a name", fmt::join(only, ",")));
  }
  return chosen;
}

std::string summary_of(const Sweep& sweep) {
  std::set<std::string> sources;
  for (const SweepJob& job : sweep.jobs) {
    if (job.stage == JobStage::kCertify) sources.insert(job.source);
  }
  return fmt::format("{} runs from {} samplings, {} jobs, {} outputs", sweep.runs.size(),
                     sources.size(), sweep.jobs.size(), sweep.experiment.outputs.size());
}

}  // namespace certify
