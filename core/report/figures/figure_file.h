#pragma once

#include <filesystem>
#include <string_view>

namespace certify {

/// A figure's file is NAME.svg, or NAME.png where the program rsvg-convert is installed.
/// @throws InputError for another name, and for .png without rsvg-convert.
void check_figure_name(const std::filesystem::path& file);

/// Writes a figure as its name says, replacing a file that is there. @throws InputError as
/// check_figure_name(); IoError.
void write_figure(const std::filesystem::path& file, std::string_view svg);

}  // namespace certify
