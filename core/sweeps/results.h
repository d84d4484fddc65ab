#pragma once
/// What a sweep ends with: its figures and tables, from the certificates of its runs.

#include <filesystem>
#include <span>
#include <vector>

#include "core/report/pages/runs_report.h"
#include "core/sweeps/jobs.h"

namespace certify {

/// Reads what the runs certified and makes one output of it. Radii become first or second margins
/// where the output asks for these, rounded down.
/// @param jobs  of which the certify jobs are used
/// @throws InputError when two runs would have one name or one cell; DataError for their files.
ReportOutput make_output(const OutputSpec& output, const std::vector<ExperimentRun>& runs,
                         std::span<const SweepJob> jobs, const std::filesystem::path& sweep,
                         Rounding rounding);

/// Only what can be seen before anything was run. @throws InputError as above.
void check_output(const OutputSpec& output, const std::vector<ExperimentRun>& runs);

/// The runs that are there, under their names in the sweep, with their options as settings.
/// @throws as read_reported_runs().
std::vector<ReportedRun> read_runs(const std::vector<ExperimentRun>& runs,
                                   std::span<const SweepJob> jobs,
                                   const std::filesystem::path& sweep);

}  // namespace certify
