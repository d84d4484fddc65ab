#pragma once
/// What `certify` and `certify-torch` have in common: all but the commands that need a network.

#include <functional>
#include <string>

#include "apps/certify/commands.h"

namespace certify {

struct Program {
  /// Adds the run itself, as the app's callback, and the network commands. What ends with another
  /// exit code than 0 leaves it in `exit_code`.
  std::function<void(CLI::App& app, int& exit_code)> add_network_commands;
  OpenSigmaMap open_sigma_map;
  Resample resample;
  DescribeTorch describe_torch;
};

/// "certify 0.1.0 (COMMIT), LibTorch 1.13.1".
std::string version_text();

/// Parses the command line and does what it says. Catches everything: errors become one line on
/// stderr.  @return the exit code
int run_program(int argc, char** argv, const Program& program);

}  // namespace certify
