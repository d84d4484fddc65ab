#pragma once
/// A tab-separated file with a header, a row at a time; every error names file and line.

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/errors.h"
#include "core/base/parse.h"

namespace certify {

class TsvReader {
 public:
  /// @param name what messages call the file. @throws DataError for an empty one.
  TsvReader(std::string_view content, std::string name);

  /// Column names in their order.
  const std::vector<std::string>& header() const { return header_; }
  bool has(std::string_view column) const { return columns_.contains(column); }
  /// @param why what cannot be done without it. @throws DataError where there is no such column.
  void require(std::string_view column, std::string_view why) const;

  /// The next row that is not empty. @return false at the end
  bool next();
  std::int64_t line() const { return line_; }
  /// Of the row. @pre has(column)
  std::string_view field(std::string_view column) const {
    return fields_[columns_.find(column)->second];
  }
  /// A finite number >= least. @throws DataError for anything else.
  template <typename Number>
  Number number(std::string_view column, Number least) const {
    return parse<Number>(column, field(column), least);
  }
  template <typename Number>
  Number parse(std::string_view what, std::string_view text, Number least) const {
    const auto value = parse_number<Number>(text);
    if (!value || !(*value >= least) || !std::isfinite(static_cast<double>(*value))) {
      refuse(fmt::format("{} is '{}', expected a number >= {}", what, text, least));
    }
    return *value;
  }

  /// @throws DataError "name:line: reason"
  [[noreturn]] void refuse(const std::string& reason) const;

 private:
  bool next_line(std::string_view& line);

  std::string_view rest_;
  std::string name_;
  std::int64_t line_ = 0;
  std::vector<std::string> header_;
  std::map<std::string, std::size_t, std::less<>> columns_;
  std::vector<std::string_view> fields_;
};

}  // namespace certify
