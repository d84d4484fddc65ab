#include "core/verify/row_file.h"

#include <charconv>
#include <cmath>
#include <map>
#include <system_error>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/files.h"

namespace certify {
namespace {

std::vector<std::string_view> split_tabs(std::string_view line) {
  std::vector<std::string_view> fields;
  for (;;) {
    const std::size_t tab = line.find('\t');
    fields.push_back(line.substr(0, tab));
    if (tab == std::string_view::npos) return fields;
    line.remove_prefix(tab + 1);
  }
}

class RowReader {
 public:
  explicit RowReader(const std::string& name) : name_(name) {}

  std::vector<StatedRow> read(std::string_view content) {
    while (!content.empty()) {
      const std::size_t end = content.find('\n');
      std::string_view line = content.substr(0, end);
      ++line_;
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (columns_.empty()) {
        read_header(line);
      } else if (!line.empty()) {
        read_row(line);
      }
      content = end == std::string_view::npos ? std::string_view() : content.substr(end + 1);
    }
    if (columns_.empty()) throw DataError(fmt::format("{}: empty, expected a header", name_));
    return std::move(rows_);
  }

 private:
  [[noreturn]] void refuse(const std::string& reason) const {
    throw DataError(fmt::format("{}:{}: {}", name_, line_, reason));
  }

  void read_header(std::string_view line) {
    std::size_t position = 0;
    for (const std::string_view field : split_tabs(line)) {
      if (!columns_.emplace(field, position++).second) {
        refuse(fmt::format("two columns are named '{}'", field));
      }
    }
    for (const char* needed : {"idx", "label", "predict", "correct", "n_top", "n_runner_up", "n",
                               "alpha", "sigma", "method"}) {
      require(needed);
    }
    if (!columns_.contains("radius")) return;  // predictions.tsv
    for (const char* needed : {"radius_full", "p_lower", "p_upper"}) require(needed);
  }

  void require(const std::string& column) const {
    if (!columns_.contains(column)) {
      refuse(fmt::format("no column '{}': nothing to check a radius against", column));
    }
  }

  void read_row(std::string_view line) {
    fields_ = split_tabs(line);
    if (fields_.size() != columns_.size()) {
      refuse(
          fmt::format("{} fields, expected {} as in the header", fields_.size(), columns_.size()));
    }
    StatedRow row;
    row.line = line_;
    row.index = number<std::int64_t>("idx", 0);
    row.label = number<int>("label", 0);
    row.predicted = number<int>("predict", -1);
    row.correct = number<int>("correct", 0) != 0;
    row.n_top = number<std::int64_t>("n_top", 0);
    row.n_runner_up = number<std::int64_t>("n_runner_up", 0);
    row.n = number<std::int64_t>("n", 1);
    row.alpha = number<double>("alpha", 0);
    row.sigma = number<double>("sigma", 0);
    row.method = field("method");
    if (columns_.contains("radius")) {
      number<double>("radius", 0);
      row.radius_text = field("radius");
      row.radius = number<double>("radius_full", 0);
      row.p_lower = number<double>("p_lower", 0);
      row.p_upper = number<double>("p_upper", 0);
    }
    check_ranges(row);
    rows_.push_back(std::move(row));
  }

  void check_ranges(const StatedRow& row) const {
    if (!(0 < row.alpha && row.alpha < 1)) refuse("alpha is outside (0, 1)");
    if (!(0 < row.sigma)) refuse("sigma is not positive");
    if (row.p_lower > 1 || row.p_upper > 1) refuse("a probability above 1");
    if (row.n_top > row.n || row.n_runner_up > row.n - row.n_top) {
      refuse(fmt::format("counts {} and {} of {} samples", row.n_top, row.n_runner_up, row.n));
    }
  }

  std::string_view field(const std::string& column) const {
    return fields_[columns_.find(column)->second];
  }

  template <typename Number>
  Number number(const std::string& column, Number least) const {
    const std::string_view text = field(column);
    Number value{};
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && stop == text.data() + text.size();
    if (!whole || !(value >= least) || !std::isfinite(static_cast<double>(value))) {
      refuse(fmt::format("{} is '{}', expected a number >= {}", column, text, least));
    }
    return value;
  }

  const std::string& name_;
  std::map<std::string, std::size_t, std::less<>> columns_;
  std::vector<std::string_view> fields_;
  std::vector<StatedRow> rows_;
  std::int64_t line_ = 0;
};

}  // namespace

std::vector<StatedRow> parse_rows(std::string_view content, const std::string& name) {
  return RowReader(name).read(content);
}

std::vector<StatedRow> read_rows(const std::filesystem::path& file) {
  return parse_rows(read_file(file), file.string());
}

}  // namespace certify
