#pragma once

#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "core/curves/certified_accuracy.h"
#include "core/curves/radius_log.h"
#include "core/report/tables/text.h"

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

/// The heading of what the top 10 % of images carry of an average radius, and why it is beside it.
inline constexpr const char* kCarryHeading = "top 10 % carry";
inline constexpr const char* kCarryNote =
    "\"Top 10 % carry\" is the part of the ACR that comes from the tenth of all images with the "
    "largest radii: easy images dominate a mean of radii, so a method may raise the ACR while it "
    "certifies fewer images (Sun et al. 2024, arXiv 2410.06895).";

/// The cell under that heading; empty where there is nothing to carry.
std::string carried_share(const CertifiedAccuracy& curve, Rounding rounding);

/// Certified accuracy at each radius (or log area), then the mean (value_names.h), what the top 10
/// % of images carry of an ACR, abstentions and images, but not of logs whose rows are no images.
/// One column a log, or, where that is wider than `width` columns, one row a log.
/// @pre all logs are of the same values, and all or none of images
/// @throws InputError for a log without rows.
TextTable certified_accuracy_table(std::span<const RadiusLog> logs, std::span<const double> radii,
                                   Rounding rounding = Rounding::kDown, std::size_t width = 100);

}  // namespace certify
