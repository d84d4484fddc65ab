#pragma once

namespace CLI {
class App;
}

namespace certify {

/// `certify region RUN INDEX`: the certified region around one image, from stored samples.
void add_region_command(CLI::App& app);

}  // namespace certify
