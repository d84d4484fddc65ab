#include "apps/certify/options/option_flags.h"

#include <CLI/CLI.hpp>

#include "core/base/errors.h"

namespace certify {
namespace {

const char* type_name(OptionType type) {
  return type == OptionType::kInteger  ? "INT"
         : type == OptionType::kNumber ? "FLOAT"
         : type == OptionType::kPath   ? "PATH"
                                       : "TEXT";
}

std::string spellings(const OptionSpec& option) {
  const std::string flag = flag_of(option);
  return option.alias.empty() ? flag : flag + "," + std::string(option.alias);
}

}  // namespace

void add_option_flags(CLI::App& app, TypedOptions& typed,
                      const std::function<bool(const OptionSpec&)>& only) {
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  for (const OptionSpec& option : option_table()) {
    if (!only(option)) continue;
    const std::string name(option.name), help(option.help);
    CLI::Option* added = nullptr;
    if (option.type == OptionType::kFlag) {
      added = app.add_flag_callback(
          spellings(option), [&typed, name] { typed[name] = "true"; }, help);
    } else {
      added = app.add_option_function<std::string>(
          spellings(option), [&typed, name](const std::string& text) { typed[name] = text; }, help);
      added->type_name(type_name(option.type))->default_str(std::string(option.fallback));
    }
    added->group(std::string(option.group));
  }
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::Throw);
}

std::shared_ptr<RunArguments> add_run_arguments(
    CLI::App& app, const std::function<bool(const OptionSpec&)>& only) {
  auto arguments = std::make_shared<RunArguments>();
  app.add_option("--config", arguments->config,
                 "Experiment file that describes one run; other options are over it")
      ->type_name("FILE");
  add_option_flags(app, arguments->typed, only);
  return arguments;
}

void refuse_options_before_subcommand(const CLI::App& app) {
  if (app.get_subcommands().empty()) return;
  for (const CLI::Option* option : app.get_options()) {
    if (option->count() > 0) {
      throw InputError("{} stands before the subcommand; options belong behind it",
                       option->get_name());
    }
  }
}

void set_from_flags(OptionSet& options, const TypedOptions& typed) {
  for (const auto& [name, text] : typed) {
    const OptionSpec& option = option_spec(name);
    options.set(name, parse_option(option, text, flag_of(option)), flag_of(option));
  }
}

Experiment layered_experiment(const std::string& file, bool quick, const TypedOptions& typed,
                              const std::function<bool(const OptionSpec&)>& only) {
  Experiment experiment = file.empty() ? Experiment() : read_experiment(file, quick);
  OptionSet above;
  set_from_environment(above, only);
  set_from_flags(above, typed);
  for (const OptionSpec& option : option_table()) {
    if (!above.given(option.name)) continue;
    experiment.set(std::string(option.name), above.value(option.name), above.origin(option.name));
  }
  return experiment;
}

}  // namespace certify
