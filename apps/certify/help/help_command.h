#pragma once

#include <CLI/CLI.hpp>

namespace certify {

/// `certify help [TOPIC]`, a subcommand's name included; `certify completion bash`; and, for the
/// build, `certify completion man`. All of them say what `app` says when they run.
void add_help_commands(CLI::App& app);

}  // namespace certify
