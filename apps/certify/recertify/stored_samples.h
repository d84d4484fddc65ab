#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "apps/certify/recertify/recertify_options.h"
#include "core/base/samples.h"
#include "core/runs/manifest.h"
#include "core/sigma_map/sigma_map.h"

namespace certify {

/// Where stored samples come from, and what they were drawn with.
struct StoredSamples {
  std::string name;
  std::filesystem::path file;  ///< for its hash
  Noise noise = {};            ///< without its map
  double alpha = 0.001;
  Selection select = Selection::kSame;
  ScorePlan scores;
  std::optional<SigmaMap> map = {};            ///< of sigma
  std::optional<LearnedImages> map_seen = {};  ///< as in the run's settings
  std::int64_t n_if_stopped = 0;  ///< of a run whose samples decided how many of n are drawn
  std::function<void(const std::function<void(ImageSamples)>&)> read;
};

/// Of a run's folder, or of a file of counts.
/// @throws InputError for both or none of them, for counts without a sigma and a sigma that is not
/// the run's; DataError for what is no run. Reading throws DataError for damaged or missing images.
StoredSamples open_stored_samples(const RecertifyOptions& options);

}  // namespace certify
