#include "models/tuning.h"

#include <algorithm>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/base/files.h"

namespace certify {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchema = 1;
constexpr double kAsGood = 0.98;

bool small(const ImageShape& shape) { return shape.size() <= 3 * 64 * 64; }

struct Tried {
  std::int64_t batch;
  double rate;
};

/// Half of the batch, half of that, … until one fits.
Tried first_that_fits(std::int64_t batch,
                      const std::function<double(std::int64_t, bool)>& measure) {
  for (;; batch /= 2) {
    try {
      return {batch, measure(batch, false)};
    } catch (const OutOfDeviceMemory&) {
      if (batch == 1) throw;
    }
  }
}

/// Nothing for a file that is missing, damaged, or of another schema.
Json entries_of(const std::filesystem::path& file) {
  try {
    const Json json = Json::parse(read_file(file));
    if (json.at("schema") == kSchema && json.at("entries").is_object()) return json.at("entries");
  } catch (const std::exception&) {
  }
  return Json::object();
}

}  // namespace

std::vector<std::int64_t> batch_candidates(const ImageShape& shape) {
  if (small(shape)) return {256, 512, 1024, 2048, 4096};
  return {64, 128, 256, 512};
}

std::int64_t standard_batch(const ImageShape& shape) { return small(shape) ? 1024 : 128; }

Tuning tune(const std::vector<std::int64_t>& batches,
            const std::function<double(std::int64_t batch, bool fuse)>& measure) {
  std::vector<Tried> tried = {first_that_fits(batches.at(0), measure)};
  double best = tried[0].rate;
  int slower = tried[0].batch < batches[0] ? 2 : 0;  // larger ones will not fit either
  for (std::size_t i = 1; i < batches.size() && slower < 2; ++i) {
    try {
      tried.push_back({batches[i], measure(batches[i], false)});
    } catch (const OutOfDeviceMemory&) {
      break;
    }
    slower = tried.back().rate > best ? 0 : slower + 1;
    best = std::max(best, tried.back().rate);
  }
  const auto chosen = std::find_if(tried.begin(), tried.end(),
                                   [&](const Tried& t) { return t.rate >= kAsGood * best; });
  const double fused = measure(chosen->batch, true);
  const bool fuse = fused > chosen->rate;
  return {chosen->batch, fuse, fuse ? fused : chosen->rate};
}

std::optional<TuningCache> TuningCache::of_user() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  std::filesystem::path folder;
  if (cache != nullptr && *cache != '\0') {
    folder = cache;
  } else if (home != nullptr && *home != '\0') {
    folder = std::filesystem::path(home) / ".cache";
  } else {
    return std::nullopt;
  }
  return TuningCache(folder / "certify" / "batch.json");
}

std::optional<Tuning> TuningCache::find(const std::string& key) const {
  const Json entries = entries_of(file_);
  try {
    const Json& entry = entries.at(key);
    const Tuning tuning{entry.at("batch").get<std::int64_t>(), entry.at("fuse").get<bool>(),
                        entry.at("samples_per_second").get<double>()};
    if (tuning.batch >= 1 && tuning.batch <= 65536) return tuning;
  } catch (const std::exception&) {
  }
  return std::nullopt;
}

void TuningCache::store(const std::string& key, const Tuning& tuning) const {
  Json entries = entries_of(file_);
  entries[key] = {{"batch", tuning.batch},
                  {"fuse", tuning.fuse},
                  {"samples_per_second", tuning.samples_per_second}};
  try {
    std::filesystem::create_directories(file_.parent_path());
    replace_file(file_, Json{{"schema", kSchema}, {"entries", entries}}.dump(1) + "\n");
  } catch (const std::exception&) {
  }
}

}  // namespace certify
