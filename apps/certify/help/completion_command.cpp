#include <algorithm>
#include <cctype>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "apps/certify/commands.h"
#include "apps/certify/help/help_topics.h"
#include "apps/certify/help/man_page.h"
#include "core/base/parse.h"
#include "core/configs/option_table.h"
#include "data/dataset.h"
#include "models/learning/networks/architecture.h"

namespace certify {
namespace {

constexpr const char* kHead = R"(# bash completion for certify, made by `certify completion bash`
_certify() {
  local cur= prev= command=${COMP_WORDS[1]} i word glued=
  COMPREPLY=()
  # bash cuts --device=cuda:0 at each sign
  for ((i = 1; i <= COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    if [[ $word == = ]]; then prev=$cur cur= glued=1
    elif [[ $word == : || $glued ]]; then cur+=$word glued=; [[ $word == : ]] && glued=1
    else prev=$cur cur=$word; fi
  done
  _certify_complete
  # and then puts in place of what is behind the last sign alone
  if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
    COMPREPLY=("${COMPREPLY[@]#"${cur%"${cur##*:}"}"}")
  fi
}
_certify_complete() {
  _certify_words() { COMPREPLY=($(compgen -W "$1" -- "$cur")); }
  _certify_list() {  # after the last comma
    local last=${cur##*,}
    COMPREPLY=($(compgen -P "${cur%"$last"}" -W "$1" -- "$last"))
  }
  _certify_files() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen "$1" -- "$cur"); }
)";

/// "TEXT:{local,slurm}", as CLI11 describes a set of values, or "local|slurm", as we do; in
/// capitals ("RUN|TSV") it is kinds of values.
std::vector<std::string> words_in_type(const std::string& type) {
  const std::size_t open = type.find('{'), close = type.find('}');
  const bool capitals =
      std::any_of(type.begin(), type.end(), [](unsigned char c) { return std::isupper(c) != 0; });
  std::vector<std::string_view> words;
  if (open < close && close != std::string::npos) {
    words = split(std::string_view(type).substr(open + 1, close - open - 1), ',');
  } else if (type.find('|') != std::string::npos && !capitals) {
    words = split(type, '|');
  }
  return {words.begin(), words.end()};
}

std::vector<std::string> words_of_table(std::string_view name) {
  std::vector<std::string> words;
  if (name == "dataset") {
    for (const DatasetListing& listing : list_datasets({})) words.push_back(listing.name);
  } else if (const OptionSpec* spec = find_option(name)) {
    const auto& some = spec->words.empty() ? spec->examples : spec->words;
    words.assign(some.begin(), some.end());
  }
  return words;
}

/// All values that an option or argument may have, if they can be told.
std::vector<std::string> words_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  if (auto words = words_in_type(type); !words.empty()) return words;
  if (type == "METHOD") return words_of_table("method");
  if (type == "ARCH") {
    std::vector<std::string> words;
    for (const Architecture& one : architectures()) words.push_back(one.name);
    return words;
  }
  if (type == "TOPIC") {
    std::vector<std::string> words;
    for (const HelpTopic& topic : help_topics()) words.push_back(topic.name);
    return words;
  }
  for (std::string name : option.get_lnames()) {
    std::replace(name.begin(), name.end(), '-', '_');
    if (auto words = words_of_table(name); !words.empty()) return words;
  }
  return {};
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

/// What completes the value: words, folders, files, or nothing: a number cannot be guessed.
std::string action_for(const CLI::Option& option) {
  if (const auto words = words_of(option); !words.empty()) {
    return fmt::format("{} \"{}\"", option.get_delimiter() ? "_certify_list" : "_certify_words",
                       fmt::join(words, " "));
  }
  const std::string type = option.get_type_name();
  if (type == "DIR") return "_certify_files -d";
  const auto is_a = [&](const char* kind) { return type.find(kind) != std::string::npos; };
  const bool path = option.get_positional() || is_a("FILE") || is_a("PATH") || is_a("RUN") ||
                    option.check_lname("out");
  return path ? "_certify_files -f" : ":";
}

std::string command_name(const CLI::App& command, const CLI::App& root) {
  return &command == &root ? "" : command.get_name();
}

void add_values(std::string& out, const CLI::App& command, const CLI::App& root) {
  for (const CLI::Option* option : command.get_options()) {
    std::vector<std::string> patterns;
    for (const std::string& name : names_of(*option)) {
      patterns.push_back(fmt::format("\"{} {}\"", command_name(command, root), name));
    }
    if (patterns.empty() || !takes_value(*option)) continue;
    fmt::format_to(std::back_inserter(out), "    {}) {}; return ;;\n", fmt::join(patterns, "|"),
                   action_for(*option));
  }
}

std::string flags_of(const CLI::App& command) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : names_of(*option)) flags.push_back(name);
  }
  return fmt::format("{}", fmt::join(flags, " "));
}

void add_words(std::string& out, const CLI::App& command, const CLI::App& root,
               const std::string& first) {
  std::string argument = ":";
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional() && argument == ":") argument = action_for(*option);
  }
  fmt::format_to(std::back_inserter(out),
                 "    \"{}\") if [[ $cur == -* ]]; then _certify_words \"{}\"; else {}; fi ;;\n",
                 command_name(command, root), flags_of(command), first.empty() ? argument : first);
}

/// A script for bash that completes subcommands, options and, where they are known, their values:
/// all that the app has at the time of the call.
std::string bash_completion(const CLI::App& app) {
  const std::vector<const CLI::App*> commands =
      app.get_subcommands([](const CLI::App* command) { return !command->get_name().empty(); });
  std::vector<std::string> names;
  for (const CLI::App* command : commands) names.push_back(command->get_name());
  std::string out = kHead;
  fmt::format_to(std::back_inserter(out), "  case $command in {}) ;; *) command= ;; esac\n",
                 fmt::join(names, "|"));
  out += "  if ((COMP_CWORD == 1)); then command=; fi\n  case \"$command $prev\" in\n";
  add_values(out, app, app);
  for (const CLI::App* command : commands) add_values(out, *command, app);
  out += "  esac\n  case $command in\n";
  add_words(out, app, app,
            fmt::format("((COMP_CWORD == 1)) && _certify_words \"{}\"", fmt::join(names, " ")));
  for (const CLI::App* command : commands) add_words(out, *command, app, "");
  return out + "  esac\n}\ncomplete -F _certify certify\n";
}

}  // namespace

void add_completion_command(CLI::App& app) {
  auto* command = add_network_command(app, "completion");
  const auto kind = std::make_shared<std::string>("bash");
  command->add_option("kind", *kind, "What to print")
      ->type_name("bash|man")
      ->check([](const std::string& typed) -> std::string {
        if (typed == "bash" || typed == "man") return "";
        return fmt::format("'{}': only bash is completed; man is the manual page", typed);
      })
      ->capture_default_str();
  command->callback(
      [kind, &app] { std::cout << (*kind == "man" ? man_page(app) : bash_completion(app)); });
  command->footer("source <(certify completion bash)");
}

}  // namespace certify
