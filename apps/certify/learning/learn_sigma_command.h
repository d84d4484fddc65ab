#pragma once

namespace CLI {
class App;
}

namespace certify {

/// `certify learn-sigma`: a map of sigma learned for a network, resumable, deterministic on the
/// CPU.
void add_learn_sigma_command(CLI::App& app, int& exit_code);

}  // namespace certify
