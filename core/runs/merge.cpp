#include "core/runs/merge.h"

#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "core/runs/digest.h"
#include "core/runs/run_folder.h"
#include "core/runs/samples/sample_log.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

struct ShardRun {
  fs::path folder;
  Manifest manifest;
  std::vector<std::int64_t>
      indices;                 ///< of its images; the samples are read again when it is its turn
  std::string records_sha256;  ///< SampleLogState::hash
};

ShardRun load(const fs::path& folder) {
  ShardRun run;
  run.folder = folder;
  run.manifest = manifest_of(folder);
  const SampleLogState state =
      read_sample_log(folder / kSamplesFile, record_shape(run.manifest.settings),
                      [&](const ImageSamples& s) { run.indices.push_back(s.index); });
  const auto found = static_cast<std::int64_t>(run.indices.size());
  if (found != run.manifest.images) {
    throw DataError("{}: shard {} has {} of {} images; run it again to finish it", folder.string(),
                    to_string(run.manifest.settings.shard), found, run.manifest.images);
  }
  run.records_sha256 = state.hash.hex();
  return run;
}

RunSettings whole(RunSettings settings) {
  settings.shard = {};
  return settings;
}

void check_same_run(const ShardRun& first, const ShardRun& other) {
  const auto differing =
      differences(whole(first.manifest.settings), whole(other.manifest.settings));
  if (!differing.empty()) {
    throw DataError("{} and {} are not parts of one run:\n  {}", first.folder.string(),
                    other.folder.string(), fmt::join(differing, "\n  "));
  }
  const int a = first.manifest.settings.shard.count, b = other.manifest.settings.shard.count;
  if (a != b) {
    throw DataError("{} is one of {} shards, {} one of {}", first.folder.string(), a,
                    other.folder.string(), b);
  }
}

/// By shard number, all there, none twice.
std::vector<ShardRun> load_all(const std::vector<fs::path>& folders) {
  if (folders.empty()) throw InputError("merge: no runs given");
  std::map<int, ShardRun> by_number;
  for (const fs::path& folder : folders) {
    ShardRun run = load(folder);
    if (!by_number.empty()) check_same_run(by_number.begin()->second, run);
    const int number = run.manifest.settings.shard.index;
    const auto [place, added] = by_number.try_emplace(number, std::move(run));
    if (!added) {
      throw DataError("shard {} is there twice: {} and {}", number, place->second.folder.string(),
                      folder.string());
    }
  }
  const int count = by_number.begin()->second.manifest.settings.shard.count;
  std::vector<std::string> missing;
  for (int i = 0; i < count; ++i) {
    if (!by_number.contains(i)) missing.push_back(to_string(Shard{i, count}));
  }
  if (!missing.empty()) {
    throw DataError("of {} shards, these are missing: {}", count, fmt::join(missing, ", "));
  }
  std::vector<ShardRun> runs;
  for (auto& [number, run] : by_number) runs.push_back(std::move(run));
  return runs;
}

/// Dealing `images` out in turn gives shard i of N ceil((images - i) / N) of them.
void check_lengths(const std::vector<ShardRun>& runs, std::int64_t images) {
  const auto count = static_cast<std::int64_t>(runs.size());
  for (std::int64_t i = 0; i < count; ++i) {
    const ShardRun& run = runs[static_cast<std::size_t>(i)];
    const std::int64_t expected = (images + count - 1 - i) / count;
    if (run.manifest.images != expected) {
      throw DataError("{}: {} images, expected {} of {}", run.folder.string(), run.manifest.images,
                      expected, images);
    }
  }
}

/// Position p of the slice went to shard p % N: the images, dealt back out in turn.
std::vector<std::int64_t> dealt(const std::vector<ShardRun>& runs, std::int64_t images) {
  std::vector<std::int64_t> indices;
  for (std::size_t p = 0; p < static_cast<std::size_t>(images); ++p) {
    indices.push_back(runs[p % runs.size()].indices.at(p / runs.size()));
  }
  return indices;
}

/// In pieces: one write for many records, and memory for a few only.
void copy(std::vector<SampleLogReader>& readers, std::int64_t images, RunFolder& folder) {
  constexpr std::size_t kPiece = 16 << 20;
  const std::int64_t done = folder.images_done();
  std::vector<ImageSamples> piece;
  std::size_t bytes = 0;
  for (std::int64_t p = 0; p < images; ++p) {
    const std::size_t shard = static_cast<std::size_t>(p) % readers.size();
    auto samples = readers[shard].next();
    if (!samples) throw DataError("shard {} has lost samples while it was merged", shard);
    if (p < done) continue;
    bytes += samples->bytes();
    piece.push_back(std::move(*samples));
    if (bytes < kPiece) continue;
    folder.append(piece);
    piece.clear();
    bytes = 0;
  }
  if (!piece.empty()) folder.append(piece);
}

}  // namespace

Manifest merge_runs(const std::vector<fs::path>& shards, const fs::path& out, bool fresh) {
  for (const fs::path& shard : shards) {
    std::error_code missing;
    if (fs::equivalent(shard, out, missing)) {
      throw InputError("{}: is one of the shards; the merged run needs a folder of its own",
                       out.string());
    }
  }
  const std::vector<ShardRun> runs = load_all(shards);
  Manifest merged = runs.front().manifest;
  merged.settings = whole(merged.settings);
  merged.sessions = {{utc_now(), "", 0, 0, {{"merged_shards", runs.size()}}}};
  merged.invalid_samples = 0;
  merged.images = 0;
  for (const ShardRun& run : runs) merged.images += run.manifest.images;
  check_lengths(runs, merged.images);
  for (const ShardRun& run : runs) {
    check_digest(run.folder, run.manifest, run.records_sha256);
  }

  std::vector<SampleLogReader> readers;  // before anything is written
  for (const ShardRun& run : runs) {
    readers.emplace_back(run.folder / kSamplesFile, record_shape(run.manifest.settings));
  }
  const auto map = sigma_map_of(runs.front().folder, merged.settings);
  RunFolder folder(out, merged, dealt(runs, merged.images), fresh, map ? &*map : nullptr);
  copy(readers, merged.images, folder);
  folder.close("complete", 0);
  return folder.manifest();
}

}  // namespace certify
