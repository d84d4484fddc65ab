#pragma once
/// What binds the records of a finished run to its settings and slice.

#include <filesystem>
#include <string>

#include "core/runs/manifest.h"

namespace certify {

/// SHA-256 of a text that has the settings but for `batch`, the classes' names, how many images the
/// run and its data set have, and the records in the order of the images. Equal samples have equal
/// digests: times, batches, sessions and restarts are not in it. It is no signature: whoever
/// changes a run can make a new one. Grammar: docs/files.md.
/// @param records_sha256  SampleLogState::hash
std::string run_digest(const Manifest& manifest, const std::string& records_sha256);

/// For what makes something new of a finished run, which must not stand for what was changed since.
/// @throws DataError naming the folder where the manifest has another digest than run_digest()
void check_digest(const std::filesystem::path& folder, const Manifest& manifest,
                  const std::string& records_sha256);

}  // namespace certify
