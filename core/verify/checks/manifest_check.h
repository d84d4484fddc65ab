#pragma once
/// Whether a run's manifest agrees with itself, with its records and with files that are at hand.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "core/runs/manifest.h"
#include "core/verify/checks/findings.h"
#include "core/verify/checks/record_check.h"

namespace certify {

/// Files that a run names by their hashes, as they are here.
struct DataAtHand {
  std::string sha256;
  std::int64_t images = 0;
  /// Nothing for an image that cannot be read. Safe from several threads.
  std::function<std::optional<int>(std::int64_t)> label_of;
};
struct FileAtHand {
  std::string name, sha256;
};
struct AtHand {
  std::optional<DataAtHand> data = {};
  std::optional<FileAtHand> model = {}, denoiser = {};
};

/// @param file     manifest.json, for messages
/// @param records  every record of the run was added
/// @param hash     of the records: SampleLogState::hash
VerifyReport check_manifest(const std::filesystem::path& file, const Manifest& manifest,
                            const RecordCheck& records, const std::string& hash);

/// Hashes, how many images there are, and the labels of the records' images.
VerifyReport check_at_hand(const std::filesystem::path& file, const Manifest& manifest,
                           const RecordCheck& records, const AtHand& at_hand);

}  // namespace certify
