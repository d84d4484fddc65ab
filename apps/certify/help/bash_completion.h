#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace certify {

/// A script for bash that completes subcommands, options and, where they are known, their values:
/// all that the app has at the time of the call.
std::string bash_completion(const CLI::App& app);

}  // namespace certify
