#include "apps/certify/sweep/sweep_results.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/report/pages/run_figures.h"
#include "core/sweeps/results.h"
#include "core/sweeps/sweep_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

bool all_there(const OutputSpec& output, const Sweep& sweep, const fs::path& folder) {
  const auto runs = runs_of(output, sweep.runs);
  return std::all_of(runs.begin(), runs.end(), [&](const ExperimentRun* run) {
    const std::string id = "certify-" + run->name;
    const auto job = std::find_if(sweep.jobs.begin(), sweep.jobs.end(),
                                  [&](const SweepJob& one) { return one.id == id; });
    return progress_of(folder, *job).state == JobState::kDone;
  });
}

bool has_output(const Report& report, const std::string& name) {
  return std::any_of(report.outputs.begin(), report.outputs.end(),
                     [&](const ReportOutput& output) { return output.name == name; });
}

}  // namespace

Sweep sweep_in(const fs::path& folder) {
  if (!fs::exists(folder / kSweepFile)) {
    throw DataError(fmt::format("{}: no sweep here ({} is missing)", folder.string(), kSweepFile));
  }
  try {
    return plan_sweep(read_experiment(folder / kSweepFile, false));
  } catch (const InputError& reason) {  // nobody typed it: it was frozen when it was right
    throw DataError(fmt::format("{} (damaged, or copied in part)", reason.what()));
  }
}

Report sweep_report(const Sweep& sweep, const fs::path& folder, const RunsReportOptions& options) {
  const std::vector<ReportedRun> runs = read_runs(sweep.runs, sweep.jobs, folder);
  Report report = describe_sweep(sweep.experiment, runs);
  for (const OutputSpec& spec : sweep.experiment.outputs) {
    if (!all_there(spec, sweep, folder)) {
      report.warnings.push_back(fmt::format("{}: not all of its runs are done", spec.name));
      continue;
    }
    report.outputs.push_back(make_output(spec, sweep.runs, sweep.jobs, folder));
    ReportOutput& output = report.outputs.back();
    output.rho = options.rho;
    output.caption += output.caption.empty() ? "" : " ";
    output.caption += output.logs.empty() ? kTableCaption
                      : spec.is_blanket() ? kBlanketCaption
                                          : figure_caption(output.logs, options.rho);
  }
  if (runs.empty()) return report;
  // What nobody asked for by name, but for what the experiment calls so itself.
  const bool own_curves = !sweep.experiment.outputs.empty();
  for (ReportOutput& output : outputs_of(runs, options)) {
    const bool wanted = !own_curves || output.name == "gain";
    if (wanted && !has_output(report, output.name)) report.outputs.push_back(std::move(output));
  }
  return report;
}

}  // namespace certify
