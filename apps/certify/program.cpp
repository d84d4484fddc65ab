#include "apps/certify/program.h"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>
#include <regex>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "apps/certify/logging.h"
#include "apps/certify/options/option_flags.h"
#include "apps/certify/version.h"
#include "core/base/errors.h"
#include "core/base/nearest.h"
#include "core/configs/option_table.h"

namespace certify {
namespace {

constexpr const char* kDescription =
    "Certified robustness radii by randomized smoothing.\n\n"
    "  certify --dataset cifar10 --sigma 0.12      certify a data set (options below)\n"
    "  certify --dataset shapes --sigma 0.25 --n 1000 --skip 10\n\n"
    "sigma is in units of the [0,1] input, before any normalisation.";

constexpr const char* kWelcome =
    R"(certify tells how large a perturbation an image classifier provably withstands.

  First run:          certify --dataset shapes --sigma 0.25 --n 1000 --skip 10
  Look at it, check:  certify report RUN      certify verify RUN
  Your network:       certify --dataset cifar10 --data-dir DIR --model F.pt --sigma 0.25 --n 1000 --skip 20
  Your images:        --dataset image-folder --data-dir DIR, or arrays --images x.npy --labels y.npy
  Make a network:     certify train (with noise), certify export (from a checkpoint)
  This machine:       certify doctor          certify datasets        certify models
  More:               certify help [TOPIC]    certify --help (all options)
)";

/// ", perhaps --sigma"; nothing where no word is near.
std::string perhaps(const std::string& word, const std::vector<std::string>& words) {
  const std::string near = nearest(word, std::vector<std::string_view>(words.begin(), words.end()));
  return near.empty() ? "" : ", perhaps " + near;
}

/// What CLI11 could not parse, in one line. It lists unknown words backwards, and knows no nearest.
InputError usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const auto parsed = app.get_subcommands();
  const bool of_program = parsed.empty() || !app.remaining().empty();
  const CLI::App& command = of_program ? app : *parsed.front();
  const std::string name = of_program ? "certify" : "certify " + command.get_name();
  const std::vector<std::string> unknown = command.remaining();
  if (unknown.empty()) {
    static const std::regex mismatch("(.*): 1 required (.*) missing"), required("(.*) is required");
    std::string what = std::regex_replace(error.what(), mismatch, "$1 needs a value ($2)");
    std::smatch name_of;
    if (std::regex_match(what, name_of, required)) {
      const CLI::Option* option = command.get_option_no_throw(name_of.str(1));
      if (option != nullptr && option->get_positional()) {
        what =
            fmt::format("no {} is given ({})", option->get_type_name(), option->get_description());
      }
    }
    return InputError("{}: {}; `{} --help` lists its options", name, what, name);
  }
  if (unknown.front() == "certify") return InputError("{}: the word certify was typed twice", name);
  const std::string word = unknown.front().substr(0, unknown.front().find('='));
  if (word.starts_with('-')) {
    std::vector<std::string> options;
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& one : option->get_lnames()) options.push_back("--" + one);
    }
    return InputError("{}: no option '{}'{}; `{} --help` lists them", name, word,
                      perhaps(word, options), name);
  }
  if (!of_program) {
    return InputError("{}: unexpected '{}'; `{} --help` says what it takes", name, word, name);
  }
  std::vector<std::string> subcommands;
  for (const CLI::App* one : app.get_subcommands(nullptr)) subcommands.push_back(one->get_name());
  return InputError("{}: no subcommand '{}'{}; `certify help` lists them", name, word,
                    perhaps(word, subcommands));
}

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
  add_report_command(app, exit_code);
  add_merge_command(app);
  add_datasets_command(app);
  add_models_command(app);
  add_show_command(app, program.open_sigma_map);
  add_doctor_command(app, program.describe_torch);
  add_help_command(app);
  if (argc < 2 && std::getenv(environment_of(option_spec("dataset")).c_str()) == nullptr) {
    std::cerr << kWelcome;
    return static_cast<int>(ExitCode::kUsage);  // a batch job that lost its options fails
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    throw usage_error(app, error);
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
