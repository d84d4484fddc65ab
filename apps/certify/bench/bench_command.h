#pragma once

namespace CLI {
class App;
}

namespace certify {

/// `certify bench`: how fast this engine samples, beside the loop of Cohen et al. in the same run.
void add_bench_command(CLI::App& app);

}  // namespace certify
