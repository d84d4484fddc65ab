#include "apps/certify/help/help_topics.h"

#include <string>

#include <fmt/format.h>

#include "apps/certify/help/document.h"
#include "apps/certify/options/methods_command.h"
#include "core/base/errors.h"
#include "core/base/nearest.h"

namespace certify {
namespace {

/// Several sections, each under its heading.
std::string sections(std::string_view document, const std::vector<std::string_view>& headings) {
  std::string text;
  for (const std::string_view heading : headings) {
    std::string title(heading);
    std::erase(title, '`');
    text += fmt::format("{}{}\n\n{}", text.empty() ? "" : "\n", title,
                        to_terminal(section(document, heading)));
  }
  return text;
}

std::string certificates() {
  return sections(kReadme, {"What a certificate means, and what it does not"});
}
std::string output() {
  return sections(kFilesDocument, {"A run's folder", "A folder of `certify recertify --out`",
                                   "A sweep's folder", "A report's folder"});
}
std::string experiments() { return sections(kFilesDocument, {"Experiment files"}); }
std::string slurm() { return sections(kReadme, {"On a cluster"}); }
std::string datasets() { return sections(kFilesDocument, {"Data sets"}); }
std::string models() {
  return sections(kFilesDocument, {"Model cards", "Checkpoints", "A training's folder"});
}
std::string environment() { return sections(kFilesDocument, {"Environment"}); }
std::string exit_codes() { return sections(kFilesDocument, {"Exit codes"}); }

}  // namespace

const std::vector<HelpTopic>& help_topics() {
  static const std::vector<HelpTopic> topics{
      {"certificates", "what a certificate means, and what it does not", certificates},
      {"methods", "the methods, and what each guarantees", methods_text},
      {"output", "the files of a run, of recertify and of a sweep", output},
      {"experiments", "files that describe many runs, for certify sweep", experiments},
      {"slurm", "sweeps on a cluster", slurm},
      {"datasets", "how data sets are told apart, and folders of images", datasets},
      {"models", "model cards, checkpoints, the files of certify train", models},
      {"environment", "variables that are read", environment},
      {"exit-codes", "what the program ends with", exit_codes}};
  return topics;
}

const HelpTopic& help_topic(const std::string& name) {
  std::vector<std::string_view> names;
  for (const HelpTopic& topic : help_topics()) {
    if (topic.name == name) return topic;
    names.push_back(topic.name);
  }
  const std::string near = nearest(name, names);
  throw InputError(fmt::format("certify help: no topic '{}'{}; `certify help` lists all", name,
                               near.empty() ? "" : fmt::format(", perhaps '{}'", near)));
}

}  // namespace certify
