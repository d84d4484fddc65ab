#pragma once
/// Runs and logs as `certify curve` reads them.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/curves/radius_log.h"
#include "core/runs/manifest.h"

namespace certify {

/// The manifest of a run that had one sigma for all elements; nothing for what is no such run.
std::optional<Manifest> run_with_one_sigma(const std::string& path);

/// One log a path, read on all cores, under names that differ.
/// @param column  of the radii, see parse_cohen_log(). log_area and log_volume: of a run with one
/// sigma, which has no such column, they follow from its radii
/// @param unit  what the radii measure; empty where they are radii
/// @throws as read_cohen_log() and check_rows_whole(), of the first path that is at fault
std::vector<RadiusLog> read_curve_logs(const std::vector<std::string>& paths,
                                       const std::string& column, const std::string& unit);

/// What a reader of the numbers has to know, on stderr: stdout holds results only.
/// @param said  notes that were printed before, to which these are added
void print_notes(const std::vector<RadiusLog>& logs, std::set<std::string>& said);

/// The same of what holds of the rows, whichever column is read.
void print_notes_of_rows(const std::vector<RadiusLog>& logs);

}  // namespace certify
