#include "apps/certify/commands.h"

#include <iostream>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "apps/certify/options/option_flags.h"
#include "core/configs/schema.h"
#include "core/plan/expansion.h"
#include "core/report/tables/table.h"

namespace certify {
namespace {

struct ConfigArguments {
  std::string file;
  bool json = false, quick = false;
  TypedOptions typed;
};

/// One option as all runs see it: a value, or the list that it goes through.
struct Resolved {
  Json value;
  std::string origin;
};

Resolved resolve(const Experiment& experiment, const OptionSpec& option) {
  for (const auto* axes : {&experiment.grid, &experiment.zip}) {
    for (const Axis& axis : *axes) {
      if (axis.option == option.name) return {axis.values, axis.origin};
    }
  }
  for (const Case& one : experiment.cases) {
    if (!one.options.given(option.name)) continue;
    Resolved all{Json::array(), one.options.origin(option.name)};
    for (const Case& other : experiment.cases) {
      all.value.push_back(
          (other.options.given(option.name) ? other.options : experiment.fixed).value(option.name));
    }
    return all;
  }
  return {experiment.fixed.value(option.name), experiment.fixed.origin(option.name)};
}

std::string shown(const Json& value) {
  if (!value.is_array()) return value.is_null() ? "-" : option_text(value);
  std::vector<std::string> texts;
  for (const Json& one : value) texts.push_back(shown(one));
  return fmt::format("{}", fmt::join(texts, ", "));
}

void print_json(const Experiment& experiment, bool with_runs) {
  Json options = Json::object();
  for (const OptionSpec& option : option_table()) {
    const Resolved resolved = resolve(experiment, option);
    options[std::string(option.name)] = {{"value", resolved.value}, {"origin", resolved.origin}};
  }
  Json out{{"options", std::move(options)}};
  if (with_runs) {
    out["runs"] = Json::array();
    for (const ExperimentRun& run : expand(experiment)) {
      Json values{{"name", run.name}};
      for (const OptionSpec& option : option_table()) {
        const Json value = run.options.value(option.name);
        if (!value.is_null()) values[std::string(option.name)] = value;
      }
      out["runs"].push_back(std::move(values));
    }
  }
  std::cout << out.dump(2) << "\n";
}

void print_config(const ConfigArguments& arguments) {
  const Experiment experiment =
      layered_experiment(arguments.file, arguments.quick, arguments.typed, any_option);
  const bool with_runs = !arguments.file.empty();
  if (arguments.json) {
    print_json(experiment, with_runs);
    return;
  }
  TextTable table{{"option", "value", "from"}, {}};
  for (const OptionSpec& option : option_table()) {
    const Resolved resolved = resolve(experiment, option);
    table.rows.push_back({std::string(option.name), shown(resolved.value), resolved.origin});
  }
  print_table(std::cout, table);
  std::cout << "\n-: follows from other options, or nothing is known\n";
  if (with_runs) {
    std::cout << fmt::format("runs: {}; `certify sweep {} --dry-run` lists what they need\n",
                             expand(experiment).size(), arguments.file);
  }
}

}  // namespace

void add_config_commands(CLI::App& app) {
  auto* config = app.add_subcommand(
      "config", "Print each option's value and where it came from: file, environment or flag");
  const auto arguments = std::make_shared<ConfigArguments>();
  config->add_option("file", arguments->file, "Experiment file; its format: `certify schema`");
  config->add_flag("--json", arguments->json, "For programs");
  config->add_flag("--quick", arguments->quick, "As `certify sweep --quick` would run it");
  add_option_flags(*config, arguments->typed, any_option);
  config->callback([arguments] { print_config(*arguments); });

  auto* schema = app.add_subcommand("schema", "Print the JSON Schema of experiment files");
  schema->callback([] { std::cout << experiment_schema().dump(2) << "\n"; });
}

}  // namespace certify
