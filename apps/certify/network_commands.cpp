#include "apps/certify/network_commands.h"

#include <algorithm>
#include <string>

#include <CLI/CLI.hpp>

namespace certify {

CLI::App* add_network_command(CLI::App& app, std::string_view name) {
  const auto* command = std::find_if(kNetworkCommands.begin(), kNetworkCommands.end(),
                                     [&](const NetworkCommand& one) { return one.name == name; });
  return app.add_subcommand(command->name, command->about);
}

}  // namespace certify
