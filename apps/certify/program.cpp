#include "apps/certify/program.h"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "apps/certify/logging.h"
#include "apps/certify/options/option_flags.h"
#include "apps/certify/version.h"
#include "core/base/errors.h"

namespace certify {
namespace {

constexpr const char* kDescription =
    "Certified robustness radii by randomized smoothing.\n\n"
    "  certify --dataset cifar10 --sigma 0.12      certify a data set (options below)\n"
    "  certify --dataset shapes --sigma 0.25 --n 1000 --skip 10\n\n"
    "sigma is in units of the [0,1] input, before any normalisation.";

int run(int argc, char** argv, const Program& program) {
  CLI::App app(kDescription, "certify");
  app.set_version_flag("--version", version_text());
  app.require_subcommand(0, 1);
  int exit_code = 0;
  // Before any subcommand runs.
  app.parse_complete_callback([&app] { refuse_options_before_subcommand(app); });
  program.add_network_commands(app, exit_code);
  add_sweep_command(app, exit_code);
  add_config_commands(app);
  add_recertify_command(app);
  add_region_command(app);
  add_verify_command(app, exit_code, program.resample);
  add_methods_command(app);
  add_curve_command(app);
  add_report_command(app);
  add_merge_command(app);
  add_datasets_command(app);
  add_models_command(app);
  add_show_command(app, program.open_sigma_map);
  add_help_command(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int shown = app.exit(error, std::cout, std::cerr);  // 0 for --help and --version
    return shown == 0 ? 0 : static_cast<int>(ExitCode::kUsage);
  }
  std::cout.flush();
  if (!std::cout) throw IoError("stdout: cannot write");
  return exit_code;
}

/// Errors as the log would show them, in the format that was asked for.
int fail(int argc, char** argv, ExitCode code, const std::string& what) {
  bool json = false;  // the options may be what could not be parsed
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i], before = argv[i - 1];
    json =
        json || argument == "--log-format=json" || (before == "--log-format" && argument == "json");
  }
  make_logger({json ? "json" : "text", false})->error(what);
  return static_cast<int>(code);
}

}  // namespace

CLI::App* add_network_command(CLI::App& app, std::string_view name) {
  const auto* command = std::ranges::find(kNetworkCommands, name, &NetworkCommand::name);
  return app.add_subcommand(command->name, command->about);
}

std::string version_text() {
  const std::string torch = libtorch_version();
  return fmt::format("certify {} ({}), {}", kVersion, kCommit,
                     torch.empty() ? "without LibTorch: it reads runs and logs, but cannot sample"
                                   : "LibTorch " + torch);
}

int run_program(int argc, char** argv, const Program& program) {
  try {
    return run(argc, argv, program);
  } catch (const DeviceLost& lost) {
    const int code = fail(argc, argv, lost.exit_code(), lost.what());
    std::cout.flush();
    std::_Exit(code);  // what LibTorch does at exit fails on a device that is gone
  } catch (const Error& error) {
    return fail(argc, argv, error.exit_code(), error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(argc, argv, ExitCode::kIo,
                fmt::format("{}: {}", error.path1().string(), error.code().message()));
  } catch (const std::bad_alloc&) {
    return fail(argc, argv, ExitCode::kIo, "out of memory");
  } catch (const std::exception& error) {
    return fail(argc, argv, ExitCode::kInternal, fmt::format("internal error: {}", error.what()));
  }
}

}  // namespace certify
