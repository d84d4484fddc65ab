#include "core/runs/digest.h"

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/files.h"

namespace certify {

std::string run_digest(const Manifest& manifest, const std::string& records_sha256) {
  nlohmann::ordered_json settings = to_json(manifest.settings);
  settings.erase("batch");  // rows of a forward pass: counts are the same at any
  return sha256_of(
      fmt::format("certify run 1\nsettings {}\nclasses {}\nimages {} of {}\nrecords {}\n",
                  settings.dump(), nlohmann::json(manifest.class_names).dump(), manifest.images,
                  manifest.dataset_images, records_sha256));
}

void check_digest(const std::filesystem::path& folder, const Manifest& manifest,
                  const std::string& records_sha256) {
  const std::string& digest = manifest.digest;
  if (digest.empty() || digest == run_digest(manifest, records_sha256)) return;
  throw DataError(
      "{}: its settings or records are not those that its digest was made of: they were changed "
      "since it was complete; `certify verify` says what does not fit",
      folder.string());
}

}  // namespace certify
