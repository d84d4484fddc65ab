#pragma once
/// The shards of a run put together again.

#include <filesystem>
#include <vector>

#include "core/runs/manifest.h"

namespace certify {

/// Writes into `out` the run that the shards are parts of, with the bytes that an unsharded run
/// would have written (manifest and timings aside).
/// @return the merged manifest
/// @throws DataError when settings other than the shard differ, when a shard is missing, double or
/// not complete (by number, and the first images it lacks); what RunFolder throws for `out`.
Manifest merge_runs(const std::vector<std::filesystem::path>& shards,
                    const std::filesystem::path& out, bool fresh);

}  // namespace certify
