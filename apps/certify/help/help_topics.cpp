#include "apps/certify/help/help_topics.h"

#include <initializer_list>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

#include "apps/certify/options/methods_command.h"
#include "core/base/errors.h"
#include "core/configs/nearest.h"

namespace certify {

extern const std::string_view kReadme, kFilesDocument;  // embedded by CMake

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

}  // namespace

const std::vector<HelpTopic>& help_topics() {
  static const std::vector<HelpTopic> topics{
      {"certificates", "what a certificate means, and what it does not",
       sections(kReadme, {"## What a certificate means, and what it does not"})},
      {"methods", "the methods, and what each guarantees", methods_text()},
      {"output", "the files of a run, of recertify and of a sweep",
       sections(kFilesDocument, {"## A run's folder", "## A folder of `certify recertify --out`",
                                 "## A sweep's folder", "## A report's folder"})},
      {"experiments", "files that describe many runs, for certify sweep",
       sections(kFilesDocument, {"## Experiment files"})},
      {"slurm", "sweeps on a cluster", sections(kReadme, {"### On a cluster"})},
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
  throw InputError(fmt::format("certify help: no topic '{}'{}; `certify help` lists all", name,
                               near.empty() ? "" : fmt::format(", perhaps '{}'", near)));
}

}  // namespace certify
