#pragma once

#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "core/curves/radius_log.h"

namespace certify {

/// Cells of text. Every row has as many cells as the header, or none: an empty row prints as a
/// blank line between two parts of the table.
struct TextTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};

/// Columns aligned for a terminal, two spaces apart, the first to the left and the others to the
/// right, a rule under the header; no spaces at the ends of lines. @throws InputError for ragged
/// rows.
void print_table(std::ostream& out, const TextTable& table);

/// Certified accuracy at each radius (or log area), rounded down, then the mean (value_names.h),
/// abstentions and images, but not of logs whose rows are no images. One column a log, or, where
/// that is wider than `width` columns, one row a log.
/// @pre all logs are of the same values, and all or none of images
/// @throws InputError for a log without rows.
TextTable certified_accuracy_table(std::span<const RadiusLog> logs, std::span<const double> radii,
                                   std::size_t width = 100);

}  // namespace certify
