#include "apps/certify/commands.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <memory>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "apps/certify/logging.h"
#include "apps/certify/options/option_flags.h"
#include "apps/certify/run/signals.h"
#include "apps/certify/sweep/sweep.h"
#include "apps/certify/sweep/sweep_runner.h"
#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/report/pages/report.h"
#include "core/report/tables/table.h"
#include "core/runs/run_folder.h"
#include "core/runs/run_lock.h"
#include "core/slurm/slurm_launcher.h"
#include "core/sweeps/sweep_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

struct SweepArguments {
  std::vector<std::string> what;  ///< FILE, or: status DIR, or: job DIR ID
  std::string launcher = "local";
  bool quick = false, dry_run = false;
  std::vector<std::string> only;
  std::string out;
  TypedOptions typed;
};

void write_outputs(const Sweep& sweep, const fs::path& folder) {
  const Report report = sweep_report(sweep, folder);
  for (const ReportOutput& output : report.outputs) {
    if (!output.logs.empty()) continue;
    std::cout << output.title << "\n\n";
    print_table(std::cout, output.table.table);
    std::cout << "\n";
  }
  write_report(report, folder, {.markdown = true});
  std::cout << "report: " << (folder / kReportFile).string() << "\n";
}

void create_folders(const fs::path& folder) {
  std::error_code error;
  if (fs::exists(folder) && !fs::is_empty(folder, error) && !fs::exists(folder / kSweepFile)) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (name == "run.lock" || name == "jobs" || name == "logs" || name == "sweep.json.tmp")
        continue;
      throw DataError("{}: holds '{}' but no {}: not a sweep of certify", folder.string(), name,
                      kSweepFile);
    }
  }
  for (const char* name : {"jobs", "logs"}) create_folder(folder / name);
}

/// Ids of the sampling jobs that were chosen and are not done.
std::vector<std::string> to_sample(const Sweep& sweep, const std::set<std::string>& chosen,
                                   const fs::path& folder) {
  std::vector<std::string> jobs;
  for (const SweepJob& job : sweep.jobs) {
    if (job.stage == JobStage::kSample && chosen.contains(job.id) &&
        progress_of(folder, job).state != JobState::kDone) {
      jobs.push_back(job.id);
    }
  }
  return jobs;
}

SlurmLauncher slurm_launcher(const Sweep& sweep, const fs::path& folder,
                             const std::vector<std::string>& only) {
  SlurmLauncher launcher{sweep.experiment.slurm,
                         {fs::read_symlink("/proc/self/exe"), folder, sweep.experiment.name, {}},
                         {"sweep", kSweepFile, "--out", ".", "--quiet"}};
  for (const char* variable : kFolderVariables) {
    const char* value = std::getenv(variable);
    if (value && *value) launcher.place.environment.emplace_back(variable, value);
  }
  for (const std::string& pattern : only) {
    launcher.finish.insert(launcher.finish.end(), {"--only", pattern});
  }
  return launcher;
}

void show_scripts(const std::vector<SlurmScript>& scripts, spdlog::logger& log) {
  for (const SlurmScript& script : scripts) {
    std::cout << fmt::format("\n==> {} <==\n{}", script.file, script.text);
  }
  for (const SlurmScript& script : scripts) {
    const auto answer = tested_by_sbatch(script);
    if (!answer) {
      log.warn("there is no sbatch here, so the scripts were not tried");
      return;
    }
    log.info("{}: {}", script.file, *answer);
  }
}

void submit(const SlurmLauncher& launcher, const std::vector<SlurmScript>& scripts) {
  const std::vector<std::string> ids = launcher.submit(scripts);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::size_t tasks = scripts[i].jobs.size();  // none: the last job, which is no array
    std::cout << fmt::format("{}: job {}{}\n", scripts[i].file, ids[i],
                             tasks > 0 ? fmt::format(", {} tasks", tasks) : "");
  }
}

fs::path folder_of(const SweepArguments& arguments, const Sweep& sweep) {
  return fs::absolute(!arguments.out.empty()
                          ? fs::path(arguments.out)
                          : fs::path("sweeps") /
                                (sweep.experiment.name + (arguments.quick ? "-quick" : "")))
      .lexically_normal();
}

int run_here(const Sweep& sweep, const std::set<std::string>& chosen, const fs::path& folder,
             spdlog::logger& log, bool quiet) {
  const StopFlag& stop = stop_on_signals();
  SweepRunner runner{folder, stop, log, quiet};
  const int worst =
      runner.run(sweep.jobs, [&](const SweepJob& job) { return chosen.contains(job.id); });
  if (stop) {
    log.warn("stopped; the same command resumes");
    return static_cast<int>(ExitCode::kInterrupted);
  }
  write_outputs(sweep, folder);
  return worst;
}

/// A title and a description speak of the experiment at its full size.
void say_quick(Experiment& experiment) {
  experiment.title = (experiment.title.empty() ? experiment.name : experiment.title) + " (--quick)";
  experiment.description += experiment.description.empty() ? "" : " ";
  experiment.description += "This is a try at small size (--quick): see the settings for it.";
}

int run_sweep(const SweepArguments& arguments) {
  Experiment experiment =
      layered_experiment(arguments.what.front(), arguments.quick, arguments.typed, option_of_sweep);
  if (arguments.quick) say_quick(experiment);
  const Sweep sweep = plan_sweep(std::move(experiment));
  const std::set<std::string> chosen = chosen_jobs(sweep, arguments.only);
  const OptionSet& options = sweep.experiment.fixed;
  const bool quiet = options.flag("quiet"), slurm = arguments.launcher == "slurm";
  const auto log = make_logger({options.text("log_format"), quiet});
  const fs::path folder = folder_of(arguments, sweep);
  if (arguments.dry_run) {
    std::vector<SweepJob> jobs;
    std::ranges::copy_if(sweep.jobs, std::back_inserter(jobs),
                         [&](const SweepJob& job) { return chosen.contains(job.id); });
    std::cout << jobs_tsv(jobs);
    std::cerr << summary_of(sweep) << "\n";
    if (slurm) {
      show_scripts(
          slurm_launcher(sweep, folder, arguments.only).scripts(to_sample(sweep, chosen, folder)),
          *log);
    }
    return 0;
  }
  create_folders(folder);
  const RunLock lock(folder);
  replace_file(folder / kSweepFile, frozen(sweep.experiment, sweep.runs).dump(2) + "\n");
  replace_file(folder / kJobsFile, jobs_tsv(sweep.jobs));
  log->info("{}: {}", folder.string(), summary_of(sweep));
  if (!slurm) return run_here(sweep, chosen, folder, *log, quiet);
  const SlurmLauncher launcher = slurm_launcher(sweep, folder, arguments.only);
  submit(launcher, launcher.scripts(to_sample(sweep, chosen, folder)));
  return 0;
}

/// One job, for a launcher that brings its own queue. Others may do other jobs meanwhile, so the
/// sweep is not locked; what a job writes is.
int run_job(const fs::path& folder, const std::string& id) {
  const Sweep sweep = sweep_in(folder);
  const auto job = std::ranges::find(sweep.jobs, id, &SweepJob::id);
  if (job == sweep.jobs.end()) {
    throw InputError("{}: no job '{}'; {} lists them", folder.string(), id, kJobsFile);
  }
  const auto log = make_logger({"text", false});
  SweepRunner runner{fs::absolute(folder).lexically_normal(), stop_on_signals(), *log, false};
  return runner.run(std::span(&*job, 1), [](const SweepJob&) { return true; });
}

int print_status(const fs::path& folder) {
  const Sweep sweep = sweep_in(folder);
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
  if (const std::string queue = slurm_status(folder); !queue.empty()) std::cout << queue << "\n";
  return 0;
}

int sweep_or_status(const SweepArguments& arguments) {
  if (arguments.what.front() == "status") {
    if (arguments.what.size() != 2) throw InputError("certify sweep status: give one folder");
    return print_status(arguments.what.back());
  }
  if (arguments.what.front() == "job") {
    if (arguments.what.size() != 3) throw InputError("certify sweep job: give a folder and an id");
    return run_job(arguments.what[1], arguments.what[2]);
  }
  if (arguments.what.size() != 1) {
    throw InputError("certify sweep: one FILE, and not also {}", arguments.what[1]);
  }
  return run_sweep(arguments);
}

}  // namespace

void add_sweep_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "sweep", "Do all runs of an experiment file, with tables, figures and a report");
  const auto arguments = std::make_shared<SweepArguments>();
  command->add_option("what", arguments->what, "Experiment file, or: status DIR, or: job DIR ID")
      ->type_name("FILE")
      ->required();
  command->add_option("--out", arguments->out,
                      "Folder of the sweep; resumed when it is there [sweeps/<file>]");
  command
      ->add_option(
          "--launcher", arguments->launcher,
          "local, or slurm: submit job arrays; the same command again submits what is missing")
      ->check(CLI::IsMember({"local", "slurm"}));
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
