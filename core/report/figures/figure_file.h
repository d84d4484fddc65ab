#pragma once

#include <filesystem>
#include <string_view>

namespace certify {

/// A figure's file is NAME.svg, or NAME.png where the program rsvg-convert is installed.
/// @throws IoError for a folder that is not there; InputError for another name, and for .png where
/// rsvg-convert does not run.
void check_figure_name(const std::filesystem::path& file);

/// Writes a figure as its name says, replacing a file that is there. @pre check_figure_name().
/// @throws IoError.
void write_figure(const std::filesystem::path& file, std::string_view svg);

}  // namespace certify
