#pragma once

namespace CLI {
class App;
}

namespace certify {

/// `certify completion bash`; and, for the build, `certify completion man`. Both list what `app` has
/// when they run, so it must have every subcommand.
void add_completion_command(CLI::App& app);

}  // namespace certify
