#include "apps/certify/sweep/sweep.h"

#include <fnmatch.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "core/report/pages/run_figures.h"
#include "core/report/pages/run_tables.h"
#include "core/report/sources/reported_runs.h"
#include "core/sweeps/results.h"
#include "core/sweeps/sweep_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

void refuse_options_of_one_run(const Experiment& experiment) {
  for (const OptionSpec& option : option_table()) {
    if (option_of_sweep(option) || !experiment.fixed.given(option.name)) continue;
    throw InputError("{}: is of a single run; a sweep has its own (--out DIR, \"shards\")",
                     experiment.fixed.origin(option.name));
  }
}

/// Jobs run in the sweep's folder, so paths must not depend on where it was started.
void make_paths_absolute(Experiment& experiment) {
  for (const OptionSpec& option : option_table()) {
    if (option.type != OptionType::kPath) continue;
    const auto absolute = [&](Json& value) {
      if (!names_a_file(option, value)) return;
      value = fs::absolute(value.get<std::string>()).lexically_normal().string();
    };
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

bool all_there(const OutputSpec& output, const Sweep& sweep, const fs::path& folder) {
  const auto runs = runs_of(output, sweep.runs);
  return std::all_of(runs.begin(), runs.end(), [&](const ExperimentRun* run) {
    return progress_of(folder, certify_job_of(*run, sweep.jobs)).state == JobState::kDone;
  });
}

bool has_output(const Report& report, const std::string& name) {
  return std::ranges::find(report.outputs, name, &ReportOutput::name) != report.outputs.end();
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
  if (chosen.empty()) throw InputError("--only {}: no job has such a name", fmt::join(only, ","));
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

Sweep sweep_in(const fs::path& folder) {
  if (!fs::exists(folder / kSweepFile)) {
    throw DataError("{}: no sweep here ({} is missing)", folder.string(), kSweepFile);
  }
  try {
    return plan_sweep(read_experiment(folder / kSweepFile, false));
  } catch (const InputError& reason) {  // it was not typed: it was frozen when it was right
    throw DataError("{} (damaged, or copied in part)", reason.what());
  }
}

Report sweep_report(const Sweep& sweep, const fs::path& folder, const RunsReportOptions& options) {
  std::vector<ReportedRun> runs = read_runs(sweep.runs, sweep.jobs, folder);
  const bool mixed = std::ranges::any_of(
      runs, [&](const ReportedRun& run) { return run.log.norm != runs.front().log.norm; });
  bring_to_one_norm(runs, mixed ? "l1" : "");
  Report report = describe_runs(
      runs,
      {.title = sweep.experiment.title.empty() ? sweep.experiment.name : sweep.experiment.title,
       .rounding = options.rounding});
  report.description = sweep.experiment.description;
  if (mixed) {
    report.warnings.push_back(
        "Some runs certify ℓ2 radii and some ℓ1 radii. What is not an output of its own shows all "
        "as ℓ1 radii, which an ℓ2 radius is.");
  }
  for (const OutputSpec& spec : sweep.experiment.outputs) {
    if (!all_there(spec, sweep, folder)) {
      report.warnings.push_back(fmt::format("{}: not all of its runs are done", spec.name));
      continue;
    }
    report.outputs.push_back(make_output(spec, sweep.runs, sweep.jobs, folder, options.rounding));
    ReportOutput& output = report.outputs.back();
    output.rho = options.rho;
    output.rounding = options.rounding;
    output.caption += output.caption.empty() ? "" : " ";
    output.caption += output.logs.empty() ? table_caption(options.rounding, spec.has_average())
                      : spec.is_blanket() ? kBlanketCaption
                                          : figure_caption(output.logs, options.rho);
  }
  if (runs.empty()) return report;
  // What was not asked for by name, but for what the experiment calls so itself.
  const bool own_curves = !sweep.experiment.outputs.empty();
  for (ReportOutput& output : outputs_of(runs, options)) {
    const bool wanted = !own_curves || output.name == "gain";
    if (wanted && !has_output(report, output.name)) report.outputs.push_back(std::move(output));
  }
  return report;
}

}  // namespace certify
