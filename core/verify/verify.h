#pragma once
/// The independent check of whole runs and of lone row files. What a row is held to, and how
/// closely: core/verify/checks/row_check.h.

#include <filesystem>
#include <optional>

#include "core/verify/checks/run_check.h"

namespace certify {

/// A run's certificates.tsv (predictions.tsv for `predict`) against its samples.jsonl, scores and
/// manifest.json (core/verify/checks/run_check.h), and that no row is missing or added. A run that
/// is not complete may lack its last rows.
/// @throws DataError for what is no run, or cannot be read as one; IoError.
VerifyReport verify_run(const std::filesystem::path& folder);

/// Rows without their samples: each by itself, from its own columns.
/// @param from  how the class was chosen, which decides what of alpha was left; taken from the
/// recertify.json beside the file when not given, else the class is taken to come from elsewhere,
/// and a note says so
VerifyReport verify_rows(const std::filesystem::path& file, std::optional<ClassFrom> from);

/// A folder of `certify recertify --out`: all its row files, against the run that they were made
/// from where that is still to be found, else each by itself. verify_run() for a run.
VerifyReport verify_path(const std::filesystem::path& path, std::optional<ClassFrom> from);

}  // namespace certify
