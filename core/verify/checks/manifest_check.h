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
  std::function<int(std::int64_t)> label_of;  ///< safe from several threads
};
struct AtHand {
  std::optional<DataAtHand> data = {};
  std::optional<std::string> model_sha256 = {};
};

/// @param file     manifest.json, for messages
/// @param records  every record of the run was added
/// @param hash     of the records: SampleLogState::hash
VerifyReport check_manifest(const std::filesystem::path& file, const Manifest& manifest,
                            const RecordCheck& records, const std::string& hash);

/// @param file  manifest.json, for messages
VerifyReport check_hashes(const std::filesystem::path& file, const Manifest& manifest,
                          const AtHand& at_hand);

}  // namespace certify
