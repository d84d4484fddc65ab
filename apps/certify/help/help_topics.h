#pragma once
/// What `certify help` knows: sections of README.md, docs/guide.md and docs/files.md as they stand,
/// and the methods. CMake builds the documents into the program: a text of its own would be a
/// second one to keep true.

#include <string>
#include <vector>

namespace certify {

struct HelpTopic {
  std::string name, about, text;
};

/// In the order in which they are listed.
const std::vector<HelpTopic>& help_topics();

/// @throws InputError naming the nearest topic.
const HelpTopic& help_topic(const std::string& name);

}  // namespace certify
