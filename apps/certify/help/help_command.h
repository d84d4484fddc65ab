#pragma once

namespace CLI {
class App;
}

namespace certify {

/// `certify help [TOPIC]`, a subcommand's name included. It says what `app` says when it runs.
void add_help_command(CLI::App& app);

}  // namespace certify
