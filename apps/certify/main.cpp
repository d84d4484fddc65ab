// certify: no LibTorch, whose libraries take the loader 0.4 s. For a command that needs a network
// it becomes certify-torch.

#include <CLI/CLI.hpp>

#include "apps/certify/become_certify_torch.h"
#include "apps/certify/help/completion_command.h"
#include "apps/certify/network_commands.h"
#include "apps/certify/options/option_flags.h"
#include "apps/certify/program.h"
#include "core/base/errors.h"
#include "core/sigma_map/sigma_map_file.h"

namespace certify {
namespace {

bool any_option(const OptionSpec&) { return true; }

#ifdef CERTIFY_TORCH
void add_network_commands(CLI::App& app, char** argv) {
  if (names_network_command(argv)) become_certify_torch(argv);
  const auto arguments = add_run_arguments(app, any_option);
  app.callback([&app, arguments, argv] {
    if (!app.get_subcommands().empty()) return;
    OptionSet typed;
    set_from_flags(typed, arguments->typed);  // a wrong one is refused at once
    become_certify_torch(argv);
  });
  for (const NetworkCommand& command : kNetworkCommands) {
    app.add_subcommand(command.name, command.about);
  }
}

SigmaMap open_sigma_map(const std::filesystem::path& file, char** argv) {
  if (holds_tensor(file)) become_certify_torch(argv);
  return read_sigma_map(file);
}
#else
void add_network_commands(CLI::App& app, char**) {
  // Known, so that the answer to them is the reason and not "unexpected".
  const auto arguments = add_run_arguments(app, any_option);
  app.callback([&app, arguments] {
    if (app.get_subcommands().empty()) throw InputError("this program is " + version_text());
  });
  add_completion_command(app);
}

SigmaMap open_sigma_map(const std::filesystem::path& file, char**) { return read_sigma_map(file); }
#endif

}  // namespace
}  // namespace certify

int main(int argc, char** argv) {
  return certify::run_program(
      argc, argv,
      {[argv](CLI::App& app, int&) { certify::add_network_commands(app, argv); },
       [argv](const auto& file) { return certify::open_sigma_map(file, argv); }});
}
