#include "core/base/tsv_reader.h"

#include <utility>

namespace certify {

TsvReader::TsvReader(std::string_view content, std::string name)
    : rest_(content), name_(std::move(name)) {
  std::string_view line;
  if (!next_line(line)) throw DataError("{}: empty, expected a header", name_);
  for (const std::string_view column : split(line, '\t')) {
    if (!columns_.emplace(column, header_.size()).second) {
      refuse(fmt::format("two columns are named '{}'", column));
    }
    header_.emplace_back(column);
  }
}

void TsvReader::require(std::string_view column, std::string_view why) const {
  if (!has(column)) refuse(fmt::format("no column '{}': {}", column, why));
}

bool TsvReader::next() {
  std::string_view line;
  do {
    if (!next_line(line)) return false;
  } while (line.empty());
  fields_ = split(line, '\t');
  if (fields_.size() != header_.size()) {
    refuse(fmt::format("{} fields, expected {} as in the header", fields_.size(), header_.size()));
  }
  return true;
}

void TsvReader::refuse(const std::string& reason) const {
  throw DataError("{}:{}: {}", name_, line_, reason);
}

bool TsvReader::next_line(std::string_view& line) {
  if (rest_.empty()) return false;
  const std::size_t end = rest_.find('\n');
  line = rest_.substr(0, end);
  rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  ++line_;
  return true;
}

}  // namespace certify
