#pragma once

namespace CLI {
class App;
}

namespace certify {

/// `certify bench`: samples a second of a network on this machine.
void add_bench_command(CLI::App& app);

}  // namespace certify
