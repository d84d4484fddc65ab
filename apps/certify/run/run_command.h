#pragma once

namespace CLI {
class App;
}

namespace certify {

/// The main job, `certify --dataset … --sigma …` without a subcommand, and `certify predict`.
/// Parsing runs it; the exit code it ends with is left in `exit_code`.
void add_run_command(CLI::App& app, int& exit_code);

}  // namespace certify
