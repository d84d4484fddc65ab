#pragma once
/// The table of single images in a page: compact data, and a script that sorts, filters and pages.
/// 160,000 table rows as HTML would be 30 MB.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/report/pages/report.h"

namespace certify {

/// Rows that a page holds at most, of all runs together; runs beyond them are named as left out.
inline constexpr std::size_t kMostImageRows = 200'000;

/// The section with its data; empty where there are no rows. Needs kImageTableScript after it.
/// @param value  what the column of radii is called
std::string image_table(std::span<const ReportImages> runs,
                        const std::vector<std::string>& class_names,
                        const std::string& value = "radius");

/// The rows as JSON that may stand inside <script>: no `<` in it. By run `name`, and numbers
/// into `columns`, arrays of equal length, for `index`, `label`, `predicted`, `radius`
/// (rounded down) and, where the log has them, `seconds`, `n_top`, `n_runner_up`, `n`. `value` is
/// what the column of radii is called.
std::string image_data(std::span<const ReportImages> runs,
                       const std::vector<std::string>& class_names,
                       const std::string& value = "radius");

/// Statements for one <script>: the table's, and the readout of figures under a pointer or finger.
extern const char* const kPageScript;

}  // namespace certify
