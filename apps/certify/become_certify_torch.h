#pragma once

namespace certify {

/// Whether `certify train …` was typed, or `certify help train`.
bool names_network_command(const char* const* argv);

/// Goes on as certify-torch, in this process and with these arguments. It lies beside this program,
/// or in ../libexec/certify; symlinks to this program are followed first.
/// @throws IoError when it cannot be started.
[[noreturn]] void become_certify_torch(char** argv);

}  // namespace certify
