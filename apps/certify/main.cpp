// certify: no LibTorch, whose libraries take the loader 0.4 s. For a command that needs a network
// it becomes certify-torch.

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "apps/certify/options/option_flags.h"
#include "apps/certify/program.h"
#include "core/base/errors.h"
#include "core/base/process.h"
#include "core/sigma_map/sigma_map_file.h"

namespace certify {
namespace {

#ifdef CERTIFY_TORCH
/// Whether `certify train …` was typed, or `certify help train`.
bool names_network_command(const char* const* argv) {
  const char* word = argv[0] == nullptr ? nullptr : argv[1];
  if (word != nullptr && std::string_view(word) == "help") word = argv[2];
  return word != nullptr &&
         std::any_of(kNetworkCommands.begin(), kNetworkCommands.end(),
                     [&](const NetworkCommand& one) { return std::string_view(word) == one.name; });
}

/// It lies beside this program, or in ../libexec/certify; symlinks to this program are followed
/// first.
std::filesystem::path certify_torch() {
  namespace fs = std::filesystem;
  const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
  fs::path program = here / "certify-torch";
  if (!fs::exists(program)) program = here / "../libexec/certify/certify-torch";
  return program.lexically_normal();
}

/// What LibTorch finds in its environment when it is loaded, so it has to be there before.
void set_environment_of_libtorch() {
  // Threads that wait for others give the core away: on a machine that others use they would spin
  // on what those need. Measured in docs/cpu.md.
  setenv("OMP_WAIT_POLICY", "passive", 0);
}

/// Goes on as certify-torch, in this process and with these arguments.
/// @throws IoError when it cannot be started.
[[noreturn]] void become_certify_torch(char** argv) {
  const std::filesystem::path program = certify_torch();
  set_environment_of_libtorch();
  execv(program.c_str(), argv);
  throw IoError(
      "{}: {}; it holds the commands that need a network: build the target "
      "certify-torch, or install again",
      program.string(), std::strerror(errno));
}

/// In a process of its own: where LibTorch cannot be loaded, that is what there is to say.
std::vector<DoctorLine> describe_torch() {
  const CommandAnswer answer = run_command({certify_torch().string(), "doctor", "--torch"});
  if (answer.code != 0) {
    return {{"LibTorch", fmt::format("cannot be used: {}\n{:12}build it again: scripts/build.sh",
                                     answer.text, "")}};
  }
  std::vector<DoctorLine> lines;
  std::istringstream text(answer.text);
  for (std::string line; std::getline(text, line);) {
    const std::size_t gap = line.find("  ");
    if (gap == line.npos) {  // what LibTorch says while it is loaded
      lines.push_back({"", line});
    } else {
      lines.push_back({line.substr(0, gap), line.substr(line.find_first_not_of(' ', gap))});
    }
  }
  return lines;
}

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

VerifyReport resample(const ResampleRequest&, char** argv) { become_certify_torch(argv); }
#else
std::vector<DoctorLine> describe_torch() {
  return {{"LibTorch", "not built in: this program reads and checks runs, and samples nothing"}};
}

void add_network_commands(CLI::App& app, char**) {
  // Known, so that the answer to them is the reason and not "unexpected".
  const auto arguments = add_run_arguments(app, any_option);
  app.callback([&app, arguments] {
    if (app.get_subcommands().empty()) throw InputError("this program is " + version_text());
  });
  add_completion_command(app);
}

SigmaMap open_sigma_map(const std::filesystem::path& file, char**) { return read_sigma_map(file); }

VerifyReport resample(const ResampleRequest&, char**) {
  throw InputError("--resample: this program is {}", version_text());
}
#endif

}  // namespace
}  // namespace certify

int main(int argc, char** argv) {
  return certify::run_program(
      argc, argv,
      {[argv](CLI::App& app, int&) { certify::add_network_commands(app, argv); },
       [argv](const auto& file) { return certify::open_sigma_map(file, argv); },
       [argv](const auto& request) { return certify::resample(request, argv); },
       certify::describe_torch});
}
