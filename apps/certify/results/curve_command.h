#pragma once

#include <CLI/App.hpp>

namespace certify {

/// Registers `certify curve FILE|RUN… [--radii …] [--radius-column NAME] [--svg F] [--tsv F]
/// [--rho R [--alpha A]]`. Its callback prints the table on stdout and what the readers passed over
/// on stderr, and writes the files asked for. @throws (the callback) InputError for bad radii, rho
/// or alpha, DataError for a bad log, IoError for what cannot be read or written.
void add_curve_command(CLI::App& app);

}  // namespace certify
