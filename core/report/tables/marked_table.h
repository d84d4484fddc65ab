#pragma once
/// Tables as papers have them, and the formats in which they leave us.

#include <string>
#include <string_view>
#include <vector>

#include "core/report/tables/table.h"

namespace certify {

/// A table whose best cell in each column stands out.
struct MarkedTable {
  TextTable table;
  std::vector<std::vector<bool>> best;  ///< as table.rows; may be empty
  /// What certainly holds of a cell's number: text as table.rows, or empty. A page has it under the
  /// cell, .md and .tex behind it as (≥ …), .tsv and .csv in columns of its own.
  std::vector<std::vector<std::string>> at_least{};
  std::string at_least_name{};  ///< of these columns, before the column's own name

  bool is_best(std::size_t row, std::size_t column) const;
  /// Empty where there is none.
  std::string_view bound(std::size_t row, std::size_t column) const;
};

/// The columns of the table, then those of the bounds.
TextTable with_bounds_apart(const MarkedTable& marked);

/// Marks the largest of each column as printed, ties and all. The first column holds names.
/// @param values  of the other columns; what is not above 0 is no candidate: NaN, -1 for an empty
/// cell
/// @param group_of  by row: only rows of one group are compared, and a row by itself is no best.
/// Empty: all are of one
void mark_best(MarkedTable& table, const std::vector<std::vector<double>>& values,
               const std::vector<std::size_t>& group_of = {});

/// | radius | 0.00 | … with the best in bold. @throws InputError for ragged rows, as all below.
std::string markdown_table(const MarkedTable& table);
/// A booktabs tabular, the best in \textbf; needs nothing else but UTF-8 input.
std::string latex_table(const MarkedTable& table);
/// RFC 4180: commas, quotes where needed, CRLF.
std::string csv_table(const TextTable& table);
/// Tab-separated, header first; tabs and newlines in cells become blanks.
std::string tsv_table(const TextTable& table);

}  // namespace certify
