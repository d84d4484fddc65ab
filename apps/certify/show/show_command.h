#pragma once

#include <filesystem>
#include <functional>

#include "core/sigma_map/sigma_map.h"

namespace CLI {
class App;
}

namespace certify {

using OpenSigmaMap = std::function<SigmaMap(const std::filesystem::path&)>;

/// `certify show --noise`: images at several σ, as a PNG or SVG sheet. `certify show INDEX --run
/// RUN`: one image of a run with its counts, radii and mean gradient, as SVG. `certify show
/// --sigma-map FILE`: the map as a PNG. Parsing runs it.
/// @param open  reads the FILE of --sigma-map; only LibTorch reads a .pt
void add_show_command(CLI::App& app, const OpenSigmaMap& open);

}  // namespace certify
