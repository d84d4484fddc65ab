#pragma once
/// What binds the records of a finished run to its settings and slice.

#include <filesystem>
#include <string>

#include "core/runs/manifest.h"

namespace certify {

/// SHA-256 of a text that has the settings but for `batch`, the classes' names, how many images the
/// run and its data set have, and the records in the order of the images. Equal samples have equal
/// digests: times, batches, sessions and restarts are not in it. Grammar: docs/files.md.
///
/// It has no key, and is no signature: a run that was changed can get a new one. A signature needs
/// an owner of its key. A digest that was published, or logged by a cluster, binds as well, and
/// everything that content can tell is checked without it.
///
/// It is made from lines as they are written, so that no file is read twice, and stored with the
/// state `complete` in one step.
/// @param records_sha256  SampleLogState::hash
std::string run_digest(const Manifest& manifest, const std::string& records_sha256);

/// For what makes something new of a finished run, which must not stand for what was changed since.
/// @throws DataError naming the folder where the manifest has another digest than run_digest()
void check_digest(const std::filesystem::path& folder, const Manifest& manifest,
                  const std::string& records_sha256);

}  // namespace certify
