#pragma once
/// Runs as they lie on disk, read for a report.

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/base/certificate.h"
#include "core/report/pages/runs_report.h"
#include "core/report/sources/run_description.h"

namespace certify {

/// What a path holds: a run (its certificates.tsv and, where there is one, its attack.tsv), a
/// folder of `certify recertify --out` (one run a method), or a log of Cohen's family.
/// @throws DataError for a folder that is none of these, rows that are not whole (see
/// check_rows_whole()), and as read_cohen_log(); InputError for a run of PREDICT, which has no
/// radii; IoError.
/// @param samples  the run that a folder of recertify was made from, where the caller knows better
/// than the folder, which may have been moved together with it
/// @param radius_column  of a log, see parse_cohen_log(); @pre empty for a folder
std::vector<ReportedRun> read_reported_runs(const std::filesystem::path& path,
                                            const std::filesystem::path& samples = {},
                                            const std::string& radius_column = {});

/// The files of rows of a folder of `certify recertify --out`, in the order of its methods; empty
/// for anything else. @throws DataError for a recertify.json that cannot be read.
std::vector<std::filesystem::path> row_files_of_recertified(const std::filesystem::path& folder);

/// What recertify.json says against the rows in its folder: that radii are no certificates, or that
/// a map of sigma was learned on images. Empty where there is none.
/// @throws DataError for a recertify.json that cannot be read.
std::vector<std::string> marks_of_recertified(const std::filesystem::path& folder,
                                              std::span<const RadiusRow> rows);

/// A run from its certificates, in the order of its rows, and not from the rows and samples in its
/// folder: what read_reported_runs() makes of it once they are written.
/// @throws IoError, DataError for what is read all the same: attack.tsv, and the hash of the
/// samples.
ReportedRun reported_run(const std::filesystem::path& folder, const Manifest& manifest,
                         std::span<const Certificate> certificates, const SampleSummary& summary);

/// Rows of a run against its manifest and, where they are there, its samples: a run that is
/// complete has rows and samples of all its images; none has rows of images that were not sampled.
/// @return what the samples tell besides; nothing where they are not there
/// @throws DataError saying what is missing or damaged; IoError.
SampleSummary check_rows_whole(const std::filesystem::path& run, const Manifest& manifest,
                               const RadiusLog& log);

/// As that of logs. An attack's radii are no certificates, and are dropped where the norm changes:
/// what withstood a search in one norm says nothing in another.
void bring_to_one_norm(std::vector<ReportedRun>& runs, std::string_view asked);

/// Runs that would share a name go by where they lie.
void make_names_distinct(std::span<ReportedRun> runs, std::span<const std::string> places);

}  // namespace certify
