#pragma once
/// The independent check of whole runs and of lone row files. What a row is held to, and how
/// closely: core/verify/row_check.h.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/verify/row_check.h"

namespace certify {

struct VerifyFinding {
  std::string where;  ///< file:line
  std::string what;   ///< "image 40: radius_full 0.51 claims too much: …"
};

struct VerifyReport {
  std::int64_t rows = 0;
  /// Rows whose bounds rest on scores, which are not kept: only their radius was checked.
  std::int64_t radius_only = 0;
  std::set<std::string> methods;
  std::vector<VerifyFinding> findings;  ///< in the order of the rows; none: no row overclaims
  std::vector<std::string> notes;       ///< what limits the check
};

/// A run's certificates.tsv (predictions.tsv for `predict`) against its samples.jsonl and
/// manifest.json: beside each row by itself, that it is about the image, label, class, counts, n,
/// alpha, sigma and method that these say, and that no row is missing or added. A run that is not
/// complete may lack its last rows.
/// @throws DataError for what is no run, or cannot be read as one; IoError.
VerifyReport verify_run(const std::filesystem::path& folder);

/// Rows without their samples: each by itself, from its own columns.
/// @param from  how the class was chosen, which decides what of alpha was left; taken from the
/// recertify.json beside the file when not given, else the class is taken to come from elsewhere,
/// and a note says so
VerifyReport verify_rows(const std::filesystem::path& file, std::optional<ClassFrom> from);

/// A folder of `certify recertify --out`: all its row files. verify_run() for a run.
VerifyReport verify_path(const std::filesystem::path& path, std::optional<ClassFrom> from);

}  // namespace certify
