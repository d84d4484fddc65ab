#pragma once
/// The option table on the command line.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/configs/experiment.h"

namespace CLI {
class App;
}

namespace certify {

/// The values of --device where there can be only one, as a type in --help.
inline constexpr const char* kOneDevice = "auto|cpu|cuda|cuda:0";

/// What was typed, by the options' names in the table.
using TypedOptions = std::map<std::string, std::string>;

inline bool any_option(const OptionSpec&) { return true; }

/// Adds those options of the table that `only` picks; `typed` must outlive the parsing. As in the
/// field's Python scripts, the last one counts: `certify $COMMON --sigma 0.5`.
void add_option_flags(CLI::App& app, TypedOptions& typed,
                      const std::function<bool(const OptionSpec&)>& only);

/// What describes a run on the command line.
struct RunArguments {
  std::string config;  ///< an experiment file; empty for none
  TypedOptions typed;
};

/// Adds --config and the options of the table that `only` picks. The result must outlive the
/// parsing.
std::shared_ptr<RunArguments> add_run_arguments(CLI::App& app,
                                                const std::function<bool(const OptionSpec&)>& only);

/// `certify --alpha 0.5 recertify RUN` must not pass with another alpha than the one that was
/// typed.
/// @throws InputError when an option of the main program was typed before a subcommand.
void refuse_options_before_subcommand(const CLI::App& app);

/// Sets what was typed. @throws InputError.
void set_from_flags(OptionSet& options, const TypedOptions& typed);

/// Defaults < file < environment < what was typed.
/// @param file  of an experiment; empty for none
/// @throws InputError.
Experiment layered_experiment(const std::string& file, bool quick, const TypedOptions& typed,
                              const std::function<bool(const OptionSpec&)>& only);

}  // namespace certify
