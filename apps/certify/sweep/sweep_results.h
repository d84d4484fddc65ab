#pragma once
/// The tables, figures and report of a sweep, from whatever of it is done.

#include <filesystem>

#include "apps/certify/sweep/sweep_plan.h"
#include "core/report/pages/runs_report.h"

namespace certify {

/// The sweep that lies in a folder, as it was frozen. @throws DataError where there is none,
/// or only a part of it.
Sweep sweep_in(const std::filesystem::path& folder);

/// Outputs of which not all runs are done are named in its warnings.
/// @throws DataError, IoError for files of its runs.
Report sweep_report(const Sweep& sweep, const std::filesystem::path& folder,
                    const RunsReportOptions& options = {});

}  // namespace certify
