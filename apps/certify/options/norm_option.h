#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace certify {

/// --norm, for commands that show radii side by side: bring_to_one_norm().
void add_norm_option(CLI::App& command, std::string& norm);

}  // namespace certify
