#include "apps/certify/help/help_command.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "apps/certify/help/help_topics.h"

namespace certify {
namespace {

void list_topics(const CLI::App& app) {
  std::size_t width = 0;
  for (const HelpTopic& topic : help_topics()) width = std::max(width, topic.name.size());
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
    std::cout << command->help("certify " + name);
    return;
  }
  std::cout << help_topic(name).text;
}

}  // namespace

void add_help_command(CLI::App& app) {
  auto* command = app.add_subcommand("help", "Explain a topic, or list the topics");
  const auto name = std::make_shared<std::string>();
  command->add_option("topic", *name, "What to explain")->type_name("TOPIC");
  command->callback([name, &app] { help(app, *name); });
}

}  // namespace certify
