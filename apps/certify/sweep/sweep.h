#pragma once
/// From an experiment to the jobs of a sweep, and from whatever of it is done to its tables,
/// figures and report.

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "core/report/pages/runs_report.h"
#include "core/sweeps/jobs.h"

namespace certify {

/// Folders that runs look into, which may be relative.
inline constexpr const char* kFolderVariables[] = {"CERTIFY_DATA", "CERTIFY_MODELS",
                                                   "IMAGENET_DIR"};

struct Sweep {
  Experiment experiment;
  std::vector<ExperimentRun> runs;
  std::vector<SweepJob> jobs;
};

/// Not what a sweep decides itself, which cannot be typed for all of its runs.
bool option_of_sweep(const OptionSpec& option);

/// Jobs run in the sweep's folder, so paths are made absolute, those in CERTIFY_DATA and the like
/// too.
/// @throws InputError for an option of a single run, two runs or outputs that cannot be told apart.
Sweep plan_sweep(Experiment experiment);

/// Ids of the jobs that --only picks, with all that they need; all without patterns.
/// @throws InputError where it picks none.
std::set<std::string> chosen_jobs(const Sweep& sweep, const std::vector<std::string>& only);

/// Counts, so that the first line tells what this will cost.
std::string summary_of(const Sweep& sweep);

/// The sweep that lies in a folder, as it was frozen. @throws DataError where there is none,
/// or only a part of it.
Sweep sweep_in(const std::filesystem::path& folder);

/// Outputs of which not all runs are done are named in its warnings.
/// @throws DataError, IoError for files of its runs.
Report sweep_report(const Sweep& sweep, const std::filesystem::path& folder,
                    const RunsReportOptions& options = {});

}  // namespace certify
