#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace certify {

/// As they are typed: "-h", "--help"; none of an argument.
std::vector<std::string> names_of(const CLI::Option& option);

/// certify(1) in the man macros: what --help says of the app and of each subcommand, then exit
/// codes and environment as the documents have them.
std::string man_page(const CLI::App& app);

}  // namespace certify
