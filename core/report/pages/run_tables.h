#pragma once
/// The tables of a report of runs: certified accuracy, and what each run has over its baseline.

#include <span>
#include <string>
#include <vector>

#include "core/report/pages/runs_report.h"

namespace certify {

/// What a table of several runs says of its cells. @param average  it has a column of the ACR
std::string table_caption(Rounding rounding, bool average);

/// `accuracy`: of one run a row a radius, of several a row a run, with lower bounds where they
/// follow; of several also `gain`, where one is another's baseline.
/// @throws InputError for a log without rows or a baseline that no run has.
std::vector<ReportOutput> tables_of(std::span<const ReportedRun> runs,
                                    const RunsReportOptions& options);

}  // namespace certify
