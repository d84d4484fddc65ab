#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "core/base/samples.h"
#include "core/plan/recertify_plan.h"
#include "core/runs/manifest.h"
#include "core/sigma_map/sigma_map.h"

namespace certify {

/// Where stored samples come from, and what they were drawn with.
struct StoredSamples {
  std::filesystem::path file;  ///< for its hash
  std::optional<SigmaMap> map = {};
  std::optional<LearnedImages> map_seen = {};  ///< as in the run's settings
  bool batch_dependent = false;                ///< as in the run's settings
  StoredFacts facts;
  std::function<void(const std::function<void(ImageSamples)>&)> read;

  /// With the map where it lies now.
  StoredFacts facts_with_map() const {
    StoredFacts all = facts;
    all.noise.map = map ? &*map : nullptr;
    return all;
  }
};

/// Of a run's folder, or of a file of counts.
/// @throws InputError for both or none of them, and for counts without a sigma; DataError for what
/// is no run. Reading throws DataError for damaged or missing images.
StoredSamples open_stored_samples(const RecertifyOptions& options);

}  // namespace certify
