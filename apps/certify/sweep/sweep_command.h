#pragma once

namespace CLI {
class App;
}

namespace certify {

/// `certify sweep FILE`: all runs of an experiment, its tables, figures and report;
/// `certify sweep status DIR`: how far each job is.
void add_sweep_command(CLI::App& app, int& exit_code);

}  // namespace certify
