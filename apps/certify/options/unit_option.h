#pragma once
/// --unit, of the commands that draw logs of other programs.

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace certify {

/// What the numbers of a log measure, where they are no ℓ2 radii: --unit TEXT.
void add_unit_option(CLI::App& command, std::optional<std::string>& unit);

/// @throws InputError for a unit that is no text of one line, and for a unit of folders: what the
/// radii of a run measure is known.
void check_unit(const std::optional<std::string>& unit, const std::vector<std::string>& paths);

}  // namespace certify
