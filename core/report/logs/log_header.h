#pragma once
/// The header of a log of Cohen's family: which column holds what.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace certify {

using LogFields = std::vector<std::string_view>;

/// Without blanks in front, and without blanks, tabs and '\r' behind. A tab in front stays: it ends
/// an empty field.
std::string_view trimmed(std::string_view text);

/// The fields of a line, without the blanks that some programs print around tabs (ARS).
void split_fields(std::string_view line, LogFields& fields);

/// A text of the file as it may stand in a message: short, and plain ASCII, as a file that is no
/// log may hold anything.
std::string quoted(std::string_view text);

struct LogHeader {
  LogFields names;  ///< of all columns, in their order
  std::size_t index = 0, label = 0, predict = 0, correct = 0, radius = 0;
  std::optional<std::size_t> time, method, alpha, n_top, n_runner_up, n, p_lower;
};

/// @param radius_column  see parse_cohen_log()
/// @throws DataError (without file and line) for a required column that is missing, a log of
/// PREDICT, which has no radii, included; for a column of ours that is there twice.
LogHeader parse_log_header(std::string_view line, const std::string& radius_column);

}  // namespace certify
