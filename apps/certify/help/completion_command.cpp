#include "apps/certify/help/completion_command.h"

#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "apps/certify/help/bash_completion.h"
#include "apps/certify/help/man_page.h"
#include "apps/certify/network_commands.h"

namespace certify {

void add_completion_command(CLI::App& app) {
  auto* command = add_network_command(app, "completion");
  const auto kind = std::make_shared<std::string>("bash");
  command->add_option("kind", *kind, "What to print")
      ->check(CLI::IsMember({"bash", "man"}))
      ->capture_default_str();
  command->callback(
      [kind, &app] { std::cout << (*kind == "man" ? man_page(app) : bash_completion(app)); });
  command->footer("source <(certify completion bash)");
}

}  // namespace certify
