#include "apps/certify/sweep_command.h"

#include <fnmatch.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "apps/certify/logging.h"
#include "apps/certify/option_flags.h"
#include "apps/certify/signals.h"
#include "apps/certify/sweep_runner.h"
#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/report/table.h"
#include "core/runs/run_lock.h"
#include "core/sweeps/results.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

struct SweepArguments {
  std::vector<std::string> what;  ///< FILE, or: status DIR
  bool quick = false, dry_run = false;
  std::vector<std::string> only;
  std::string out;
  TypedOptions typed;
};

struct Sweep {
  Experiment experiment;
  std::vector<ExperimentRun> runs;
  std::vector<SweepJob> jobs;
};

/// What a sweep decides itself cannot be typed for all of its runs.
bool option_of_sweep(const OptionSpec& option) {
  return option.name != "out" && option.name != "shard" && option.name != "fresh";
}

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
  for (const char* variable : {"CERTIFY_DATA", "CERTIFY_MODELS"}) {
    const char* folder = std::getenv(variable);
    if (folder && *folder) setenv(variable, fs::absolute(folder).c_str(), 1);
  }
}

Sweep plan(Experiment experiment) {
  refuse_options_of_one_run(experiment);
  make_paths_absolute(experiment);
  Sweep sweep{std::move(experiment), {}, {}};
  sweep.runs = expand(sweep.experiment);
  for (const OutputSpec& output : sweep.experiment.outputs) check_output(output, sweep.runs);
  sweep.jobs = plan_jobs(sweep.runs, sweep.experiment.shards);
  return sweep;
}

bool matches(const SweepJob& job, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    const std::string run = fs::path(job.out).filename().string();
    return fnmatch(pattern.c_str(), job.id.c_str(), 0) == 0 ||
           fnmatch(pattern.c_str(), run.c_str(), 0) == 0;
  });
}

/// Ids of the jobs that --only picks, with all that they need. @throws InputError for none.
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

/// Counts, so that whoever reads the first line knows what this will cost.
std::string summary(const Sweep& sweep) {
  std::set<std::string> sources;
  for (const SweepJob& job : sweep.jobs) {
    if (job.stage == JobStage::kCertify) sources.insert(job.source);
  }
  return fmt::format("{} runs from {} samplings, {} jobs, {} outputs", sweep.runs.size(),
                     sources.size(), sweep.jobs.size(), sweep.experiment.outputs.size());
}

bool all_there(const OutputSpec& output, const Sweep& sweep, const fs::path& folder) {
  const auto runs = runs_of(output, sweep.runs);
  return std::all_of(runs.begin(), runs.end(), [&](const ExperimentRun* run) {
    const std::string id = "certify-" + run->name;
    const auto job = std::find_if(sweep.jobs.begin(), sweep.jobs.end(),
                                  [&](const SweepJob& one) { return one.id == id; });
    return progress_of(folder, *job).state == JobState::kDone;
  });
}

void write_outputs(const Sweep& sweep, const fs::path& folder) {
  SweepReport report = describe_sweep(sweep.experiment, sweep.runs, sweep.jobs, folder);
  for (const OutputSpec& spec : sweep.experiment.outputs) {
    if (!all_there(spec, sweep, folder)) {
      report.warnings.push_back(fmt::format("{}: not all of its runs are done", spec.name));
      continue;
    }
    report.outputs.push_back(make_output(spec, sweep.runs, sweep.jobs, folder));
    write_output(report.outputs.back(), folder);
    if (report.outputs.back().logs.empty()) {
      std::cout << report.outputs.back().title << "\n\n";
      print_table(std::cout, report.outputs.back().table.table);
      std::cout << "\n";
    }
  }
  replace_file(folder / kSweepReportFile, sweep_report(report));
  std::cout << "report: " << (folder / kSweepReportFile).string() << "\n";
}

void create_folders(const fs::path& folder) {
  std::error_code error;
  if (fs::exists(folder) && !fs::is_empty(folder, error) && !fs::exists(folder / kSweepFile)) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (name == "run.lock" || name == "jobs" || name == "logs" || name == "sweep.json.tmp")
        continue;
      throw DataError(fmt::format("{}: holds '{}' but no {}: not a sweep of certify",
                                  folder.string(), name, kSweepFile));
    }
  }
  for (const char* name : {"jobs", "logs"}) {
    fs::create_directories(folder / name, error);
    if (error) throw IoError(fmt::format("{}: {}", (folder / name).string(), error.message()));
  }
}

int run_sweep(const SweepArguments& arguments) {
  Sweep sweep = plan(layered_experiment(arguments.what.front(), arguments.quick, arguments.typed,
                                        option_of_sweep));
  const std::set<std::string> chosen = chosen_jobs(sweep, arguments.only);
  if (arguments.dry_run) {
    std::cout << jobs_tsv(sweep.jobs);
    std::cerr << summary(sweep) << "\n";
    return 0;
  }
  const OptionSet& options = sweep.experiment.fixed;
  const bool quiet = options.flag("quiet");
  const auto log = make_logger({options.text("log_format"), quiet});
  const StopFlag& stop = stop_on_signals();
  const fs::path folder =
      fs::absolute(!arguments.out.empty() ? arguments.out
                                          : fmt::format("sweeps/{}{}", sweep.experiment.name,
                                                        arguments.quick ? "-quick" : ""));
  create_folders(folder);
  const RunLock lock(folder);
  replace_file(folder / kSweepFile, frozen(sweep.experiment, sweep.runs).dump(2) + "\n");
  replace_file(folder / kJobsFile, jobs_tsv(sweep.jobs));
  log->info("{}: {}", folder.string(), summary(sweep));
  SweepRunner runner{folder, stop, *log, quiet};
  const int worst =
      runner.run(sweep.jobs, [&](const SweepJob& job) { return chosen.contains(job.id); });
  if (stop) {
    log->warn("stopped; the same command resumes");
    return static_cast<int>(ExitCode::kInterrupted);
  }
  write_outputs(sweep, folder);
  return worst;
}

int print_status(const fs::path& folder) {
  if (!fs::exists(folder / kSweepFile)) {
    throw DataError(fmt::format("{}: no sweep here ({} is missing)", folder.string(), kSweepFile));
  }
  const Sweep sweep = plan(read_experiment(folder / kSweepFile, false));
  TextTable table{{"job", "state", "images"}, {}};
  std::size_t done = 0;
  for (const SweepJob& job : sweep.jobs) {
    const JobProgress progress = progress_of(folder, job);
    done += progress.state == JobState::kDone;
    const bool failed = progress.state == JobState::kFailed;
    table.rows.push_back(
        {job.id,
         failed ? fmt::format("failed ({})", progress.exit_code) : to_string(progress.state),
         progress.of < 0 ? "" : fmt::format("{}/{}", progress.images, progress.of)});
  }
  print_table(std::cout, table);
  std::cout << fmt::format("\n{} of {} jobs are done\n", done, sweep.jobs.size());
  return 0;
}

int sweep_or_status(const SweepArguments& arguments) {
  if (arguments.what.front() == "status") {
    if (arguments.what.size() != 2) throw InputError("certify sweep status: give one folder");
    return print_status(arguments.what.back());
  }
  if (arguments.what.size() != 1) {
    throw InputError(fmt::format("certify sweep: one FILE, and not also {}", arguments.what[1]));
  }
  return run_sweep(arguments);
}

}  // namespace

void add_sweep_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "sweep", "Do all runs of an experiment file, with tables, figures and a report");
  const auto arguments = std::make_shared<SweepArguments>();
  command->add_option("what", arguments->what, "Experiment file, or: status DIR")
      ->type_name("FILE")
      ->required();
  command->add_option("--out", arguments->out,
                      "Folder of the sweep; resumed when it is there [sweeps/<file>]");
  command->add_flag("--quick", arguments->quick, "At the small size that the file defines");
  command->add_flag("--dry-run", arguments->dry_run, "Print the jobs, one a line, and do nothing");
  command
      ->add_option("--only", arguments->only,
                   "Only jobs and runs whose names match (*, ?), with all that they need")
      ->type_name("PATTERN");
  add_option_flags(*command, arguments->typed, option_of_sweep);
  command->callback([arguments, &exit_code] { exit_code = sweep_or_status(*arguments); });
}

}  // namespace certify
