#pragma once

#include <CLI/CLI.hpp>

namespace certify {

/// `certify report PATH…`: one offline page of runs, of a sweep, or of other programs' logs.
void add_report_command(CLI::App& app);

}  // namespace certify
