#include "apps/certify/help/help_topics.h"

#include <algorithm>
#include <initializer_list>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "apps/certify/commands.h"
#include "core/base/errors.h"
#include "core/base/nearest.h"

namespace certify {

extern const std::string_view kReadme, kGuide, kFilesDocument;  // embedded by CMake

namespace {

/// From each heading to the next "## ".
std::string sections(std::string_view document, std::initializer_list<std::string_view> headings) {
  std::string text;
  for (const std::string_view heading : headings) {
    const std::size_t begin = document.find(fmt::format("\n{}\n", heading));
    if (begin == document.npos) throw std::logic_error(fmt::format("no section '{}'", heading));
    text += document.substr(begin, document.find("\n## ", begin + 1) - begin);
  }
  return text.substr(1);
}

void list_topics(const CLI::App& app) {
  std::size_t width = 0;
  for (const HelpTopic& topic : help_topics()) width = std::max(width, topic.name.size());
  std::cout << "Topics:\n";
  for (const HelpTopic& topic : help_topics()) {
    std::cout << fmt::format("  {:<{}}  {}\n", topic.name, width, topic.about);
  }
  std::cout << "\nSubcommands:\n";
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    std::cout << fmt::format("  {:<{}}  {}\n", command->get_name(), width,
                             command->get_description());
  }
  std::cout << "\n`certify help TOPIC`; a subcommand's name gives its options, as does "
               "`certify NAME --help`.\n";
}

void help(const CLI::App& app, const std::string& name) {
  if (name.empty()) return list_topics(app);
  const auto& topics = help_topics();
  const bool topic = std::any_of(topics.begin(), topics.end(),
                                 [&](const HelpTopic& one) { return one.name == name; });
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    if (topic || command->get_name() != name) continue;
    std::cout << command->help("certify");
    return;
  }
  std::cout << help_topic(name).text;
}

}  // namespace

const std::vector<HelpTopic>& help_topics() {
  static const std::vector<HelpTopic> topics{
      {"certificates", "what a certificate means, and what it does not",
       sections(kReadme, {"## What a certificate means, and what it does not"})},
      {"rows", "a row that looks wrong: what it says, and what to do",
       sections(kGuide, {"## A row that looks wrong"})},
      {"methods", "the methods, and what each guarantees", methods_text()},
      {"output", "the files of a run, of recertify and of a sweep",
       sections(kFilesDocument, {"## A run's folder", "## A folder of `certify recertify --out`",
                                 "## A sweep's folder", "## A report's folder"})},
      {"checking", "what certify verify checks, and what no checker can see",
       sections(kFilesDocument, {"## What `certify verify` checks"})},
      {"experiments", "files that describe many runs, for certify sweep",
       sections(kFilesDocument, {"## Experiment files"})},
      {"slurm", "sweeps on a cluster", sections(kGuide, {"## On a cluster"})},
      {"datasets", "how data sets are told apart, and folders of images",
       sections(kFilesDocument, {"## Data sets"})},
      {"models", "model cards, checkpoints, the files of certify train",
       sections(kFilesDocument, {"## Model cards", "## Checkpoints", "## A training's folder"})},
      {"environment", "variables that are read", sections(kFilesDocument, {"## Environment"})},
      {"exit-codes", "what the program ends with", sections(kFilesDocument, {"## Exit codes"})}};
  return topics;
}

const HelpTopic& help_topic(const std::string& name) {
  std::vector<std::string_view> names;
  for (const HelpTopic& topic : help_topics()) {
    if (topic.name == name) return topic;
    names.push_back(topic.name);
  }
  const std::string near = nearest(name, names);
  throw InputError("certify help: no topic '{}'{}; `certify help` lists all", name,
                   near.empty() ? "" : fmt::format(", perhaps '{}'", near));
}

void add_help_command(CLI::App& app) {
  auto* command = app.add_subcommand("help", "Explain a topic, or list the topics");
  const auto name = std::make_shared<std::string>();
  command->add_option("topic", *name, "What to explain")->type_name("TOPIC");
  command->callback([name, &app] { help(app, *name); });
}

}  // namespace certify
