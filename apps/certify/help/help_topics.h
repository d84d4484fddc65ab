#pragma once
/// What `certify help` knows.

#include <string>
#include <string_view>
#include <vector>

namespace certify {

struct HelpTopic {
  std::string name, about;
  std::string (*text)();
};

/// In the order in which they are listed.
const std::vector<HelpTopic>& help_topics();

/// @throws InputError naming the nearest topic.
const HelpTopic& help_topic(const std::string& name);

}  // namespace certify
