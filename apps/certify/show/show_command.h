#pragma once

namespace CLI {
class App;
}

namespace certify {

/// `certify show --noise`: images at several σ, as a PNG or SVG sheet. `certify show INDEX --run
/// RUN`: one image of a run with its counts, radii and mean gradient, as SVG. `certify show
/// --sigma-map FILE`: the map as a PNG. Parsing runs it.
void add_show_command(CLI::App& app);

}  // namespace certify
