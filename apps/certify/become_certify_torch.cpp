#include "apps/certify/become_certify_torch.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>

#include "apps/certify/network_commands.h"
#include "core/base/errors.h"

namespace certify {

bool names_network_command(const char* const* argv) {
  const char* word = argv[0] == nullptr ? nullptr : argv[1];
  if (word != nullptr && std::string_view(word) == "help") word = argv[2];
  return word != nullptr &&
         std::any_of(kNetworkCommands.begin(), kNetworkCommands.end(),
                     [&](const NetworkCommand& one) { return std::string_view(word) == one.name; });
}

void become_certify_torch(char** argv) {
  namespace fs = std::filesystem;
  const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
  fs::path program = here / "certify-torch";
  if (!fs::exists(program)) program = here / "../libexec/certify/certify-torch";
  execv(program.c_str(), argv);
  throw IoError(
      fmt::format("{}: {}; it holds the commands that need a network: build the target "
                  "certify-torch, or install again",
                  program.lexically_normal().string(), std::strerror(errno)));
}

}  // namespace certify
