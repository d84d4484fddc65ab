#pragma once
/// manifest.json: what a run is, and how it went. Grammar: docs/files.md.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/runs/settings.h"

namespace certify {

/// One process that worked on a run.
struct RunSession {
  std::string started;   ///< UTC, 2026-11-21T10:00:00Z
  std::string finished;  ///< empty while running, and for ever when it was killed
  std::int64_t images = 0;
  double seconds = 0;
  nlohmann::ordered_json
      environment;  ///< speed options (kind B), program, commit, library versions, host
};

struct Manifest {
  RunSettings settings;
  std::string model_file, denoiser_file, data_dir;  ///< where they lay; not compared
  /// Other options that say where the data set lay and how it was read, as they were given; not
  /// compared.
  nlohmann::ordered_json data_options = nlohmann::ordered_json::object();
  std::vector<std::string> class_names;
  std::int64_t images = 0;          ///< in this run's slice and shard
  std::int64_t dataset_images = 0;  ///< in the whole data set; 0: of a run from before it was kept
  std::string state = "running";    ///< running, interrupted, complete
  std::int64_t invalid_samples = 0;
  /// run_digest() of a run that is complete; empty before, and in runs from before there was one.
  std::string digest;
  std::vector<RunSession> sessions;
};

void write_manifest(const std::filesystem::path& folder, const Manifest& manifest);
/// Nothing when there is no manifest in the folder.
/// @throws DataError naming the file when it cannot be understood or has a newer schema.
std::optional<Manifest> read_manifest(const std::filesystem::path& folder);

/// The manifest of a run that has to be there.
/// @throws DataError where there is none.
Manifest manifest_of(const std::filesystem::path& run);

std::string utc_now();

}  // namespace certify
