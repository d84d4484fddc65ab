#pragma once
/// The independent check of whole runs and of lone row files. What a row is held to, and how
/// closely: core/verify/checks/row_check.h.

#include <filesystem>
#include <optional>

#include "core/verify/checks/manifest_check.h"
#include "core/verify/checks/run_check.h"

namespace certify {

/// What of a folder is looked at.
struct VerifyExtent {
  /// Curve, table, report and attack, too. Not for who is about to write these anew.
  bool results = true;
  AtHand at_hand = {};  ///< of runs
};

/// A run's manifest and samples.jsonl with each other (manifest_check.h, record_check.h), its
/// certificates.tsv (predictions.tsv for `predict`) against its records, scores and settings
/// (run_check.h), that no row is missing or added, and what was made of the rows (curve_check.h,
/// page_check.h, attack_check.h).
/// A run that is not complete may lack its last rows; what was made of its rows is not looked at.
/// @throws DataError for what is no run, or cannot be read as one; IoError.
VerifyReport verify_run(const std::filesystem::path& folder, const VerifyExtent& extent = {});

/// Rows without their samples: each by itself, from its own columns.
/// @param from  how the class was chosen, which decides what of alpha was left; taken from the
/// recertify.json beside the file when not given, else the class is taken to come from elsewhere,
/// and a note says so
VerifyReport verify_rows(const std::filesystem::path& file, std::optional<ClassFrom> from);

/// A folder of `certify recertify --out`: all its row files, against the run that they were made
/// from where that is still to be found, else each by itself. verify_run() for a run.
VerifyReport verify_path(const std::filesystem::path& path, std::optional<ClassFrom> from,
                         const VerifyExtent& extent = {});

}  // namespace certify
