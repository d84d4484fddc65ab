#pragma once

namespace CLI {
class App;
}

namespace certify {

/// `certify attack RUN`: attacks on the certificates of a run. Sets `exit_code`, to 1 where more of
/// them were broken than their failure probability allows.
void add_attack_command(CLI::App& app, int& exit_code);

}  // namespace certify
