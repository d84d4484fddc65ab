#pragma once

#include <string>
#include <vector>

namespace certify {

struct CommandAnswer {
  int code;          ///< 127: there is no such program; 128 and more: a signal ended it
  std::string text;  ///< stdout and stderr, without the last newlines

  bool is_missing() const { return code == 127; }
};

/// Runs another program to its end. @param words  its name, looked for in PATH, and its arguments
/// @throws IoError where no process can be started.
CommandAnswer run_command(const std::vector<std::string>& words);

}  // namespace certify
