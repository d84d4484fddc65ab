#pragma once

namespace CLI {
class App;
}

namespace certify {

/// `certify train`: a network trained with Gaussian noise, resumable, deterministic on the CPU.
void add_train_command(CLI::App& app, int& exit_code);

}  // namespace certify
