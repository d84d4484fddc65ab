#include "core/base/process.h"

#include <sys/wait.h>

#include <array>
#include <cstdio>

#include "core/base/errors.h"
#include "core/base/shell_words.h"

namespace certify {

CommandAnswer run_command(const std::vector<std::string>& words) {
  std::string command;
  for (const std::string& word : words) command += shell_word(word) + " ";
  command += "2>&1";
  std::FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) throw IoError("cannot start {}", words.front());
  CommandAnswer answer{0, ""};
  std::array<char, 4096> part;
  while (const std::size_t got = std::fread(part.data(), 1, part.size(), pipe)) {
    answer.text.append(part.data(), got);
  }
  const int status = pclose(pipe);
  answer.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  while (answer.text.ends_with('\n')) answer.text.pop_back();
  return answer;
}

}  // namespace certify
