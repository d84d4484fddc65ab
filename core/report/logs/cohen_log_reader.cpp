#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/norm.h"
#include "core/base/parse.h"
#include "core/methods/counts/enumerated.h"
#include "core/report/logs/cohen_log.h"
#include "core/report/logs/correct_column.h"
#include "core/report/logs/log_header.h"
#include "core/report/logs/python_format.h"

namespace certify {
namespace {

constexpr int kSkipped = -2;  // what some forks print as `predict` for images that they pass over

class LogReader {
 public:
  LogReader(const std::string& name, const std::string& radius_column)
      : radius_column_(radius_column) {
    log_.name = name;
    log_.column = radius_column;
    if (is_log_area(radius_column)) log_.measure = Measure::kLogArea;
  }

  RadiusLog read(std::string_view content) {
    if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
    while (!content.empty()) {
      const std::size_t end = content.find('\n');
      ++line_number_;
      read_line(trimmed(content.substr(0, end)));
      if (end == std::string_view::npos) break;
      content.remove_prefix(end + 1);
    }
    finish();
    return std::move(log_);
  }

 private:
  [[noreturn]] void refuse(const std::string& reason) const { refuse_at(line_number_, reason); }
  [[noreturn]] void refuse_at(std::int64_t line, const std::string& reason) const {
    throw DataError("{}:{}: {}", log_.name, line, reason);
  }

  void read_line(std::string_view line) {
    if (line.empty()) return;
    if (header_line_.empty()) return read_header(line);
    if (line == header_line_) {
      ++repeated_headers_;
      correct_.restart();
      return;
    }
    split_fields(line, fields_);
    if (is_text(line, fields_)) {
      if (text_line_ == 0) text_line_ = line_number_;
      return;
    }
    if (text_line_ != 0) {
      refuse_at(text_line_,
                fmt::format("cannot be a row, and rows follow it in line {}", line_number_));
    }
    read_row(fields_);
  }

  /// A summary that a script printed after its rows. A row that broke (a number in front, as many
  /// fields as the header, binary rubbish) is not: dropping it would change the denominator.
  bool is_text(std::string_view line, const LogFields& fields) const {
    const bool printable = std::none_of(line.begin(), line.end(), [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
    const char first = line.front();
    const bool number_in_front = (first >= '0' && first <= '9') || first == '-' || first == '+' ||
                                 first == '.' || first == '\t';
    return printable && !number_in_front && fields.size() != header_.names.size();
  }

  void read_header(std::string_view line) {
    try {
      header_ = parse_log_header(line, radius_column_);
      log_.norm = norm_of_column(header_.names[header_.radius]);
    } catch (const DataError& error) {
      refuse(error.what());
    }
    header_line_ = line;
  }

  void read_row(const LogFields& fields) {
    if (fields.size() != header_.names.size()) {
      refuse(fmt::format("{} fields, expected {} as in the header", fields.size(),
                         header_.names.size()));
    }
    RadiusRow row;
    row.index = integer<std::int64_t>(fields, header_.index, 0, "an image index >= 0");
    row.label = integer<int>(fields, header_.label, 0, "a class >= 0");
    row.predicted = integer<int>(fields, header_.predict, kSkipped, "a class, -1 or -2");
    row.correct = row.predicted == row.label;
    check_correct(fields, row);
    row.seconds = read_time(fields);
    if (row.predicted == kSkipped) {
      row.predicted = kAbstain;
      ++skipped_;
    }
    if (log_.measure == Measure::kLogArea) {
      row.radius = logarithm(fields);
    } else {
      read_length(fields, row);
    }
    row.n_top = count(fields, header_.n_top);
    row.n_runner_up = count(fields, header_.n_runner_up);
    row.n = count(fields, header_.n);
    row.p_lower = probability(fields, header_.p_lower);
    remember_index(row.index);
    if (header_.method) methods_.emplace(read_method(fields));
    if (header_.alpha) log_.alpha = std::max(log_.alpha, read_alpha(fields));
    log_.rows.push_back(row);
  }

  [[noreturn]] void refuse_field(const LogFields& fields, std::size_t column,
                                 std::string_view expected) const {
    refuse(fmt::format("{} is {}, expected {}", header_.names[column], quoted(fields[column]),
                       expected));
  }

  template <class Integer>
  Integer integer(const LogFields& fields, std::size_t column, Integer least,
                  const char* expected) const {
    const std::optional<Integer> value = parse_number<Integer>(fields[column]);
    if (!value || *value < least) refuse_field(fields, column, expected);
    return *value;
  }

  std::int64_t count(const LogFields& fields, std::optional<std::size_t> column) const {
    if (!column) return -1;
    // Columns of these names are ours; what another program may call `n` is no reason to refuse.
    return std::max<std::int64_t>(-1, parse_number<std::int64_t>(fields[*column]).value_or(-1));
  }

  /// As count(): of another program's column of this name only what can be a probability is taken.
  double probability(const LogFields& fields, std::optional<std::size_t> column) const {
    const double p = column ? parse_finite(fields[*column]).value_or(-1) : -1;
    return 0 <= p && p <= 1 ? p : -1;
  }

  double logarithm(const LogFields& fields) const {
    if (fields[header_.radius] == "-inf") return -std::numeric_limits<double>::infinity();
    const std::optional<double> value = parse_finite(fields[header_.radius]);
    if (value) return *value;
    refuse_field(fields, header_.radius, "a finite number or -inf");
  }

  /// Some programs print a negative radius where they certify nothing, and an infinite one where
  /// their formula divided by 0. Neither proves anything.
  void read_length(const LogFields& fields, RadiusRow& row) {
    const std::optional<double> value = parse_number<double>(fields[header_.radius]);
    if (!value || std::isnan(*value)) refuse_field(fields, header_.radius, "a number");
    if (*value >= 0 && std::isfinite(*value)) {
      row.radius = *value + 0.0;  // "-0.0" included
      return;
    }
    row.predicted = kAbstain;
    row.correct = false;
    ++uncertified_;
  }

  void check_correct(const LogFields& fields, const RadiusRow& row) {
    const std::optional<std::int64_t> value = CorrectColumn::parse(fields[header_.correct]);
    if (!value) {
      refuse_field(fields, header_.correct, "0 or 1, True or False, or a running count");
    }
    refuse_fault(correct_.add(line_number_, *value, row));
  }

  void refuse_fault(const std::optional<CorrectColumn::Fault>& fault) const {
    if (fault) refuse_at(fault->line, fault->reason);
  }

  /// Earlier versions wrote rows of methods "published-..." too, whose radii are no certificates.
  std::string_view read_method(const LogFields& fields) const {
    const std::string_view method = fields[*header_.method];
    if (method == kEnumerated.name && log_.norm == "l2") {
      refuse(fmt::format("method {} proves ℓ1 radii, and the columns say ℓ2", quoted(method)));
    }
    if (!method.starts_with("published-")) return method;
    refuse(fmt::format("method {} proves nothing", quoted(method)));
  }

  /// 0 of certificates in which nothing was left to chance.
  double read_alpha(const LogFields& fields) const {
    const std::optional<double> value = parse_finite(fields[*header_.alpha]);
    const bool certain = header_.method && fields[*header_.method] == kEnumerated.name;
    if (!value || !((0 < *value && *value < 1) || (certain && *value == 0))) {
      refuse_field(fields, *header_.alpha, "a number in (0, 1)");
    }
    return *value;
  }

  double read_time(const LogFields& fields) const {
    if (!header_.time) return 0;
    const std::optional<double> seconds = parse_python_time(fields[*header_.time]);
    if (!seconds) refuse_field(fields, *header_.time, "seconds or h:mm:ss");
    return *seconds;
  }

  void remember_index(std::int64_t index) {
    const auto [first, is_new] = line_of_index_.emplace(index, line_number_);
    if (!is_new) refuse(fmt::format("image {} was already in line {}", index, first->second));
  }

  void finish() {
    if (header_line_.empty()) throw DataError("{}: empty, expected a header", log_.name);
    if (log_.rows.empty()) throw DataError("{}: a header and no rows", log_.name);
    refuse_fault(correct_.finish());
    log_.methods.assign(methods_.begin(), methods_.end());
    const auto note = [&](bool is_so, const char* what, auto... numbers) {
      if (is_so) log_.notes.push_back(fmt::format(fmt::runtime(what), log_.name, numbers...));
    };
    note(repeated_headers_ > 0, "{}: {} repeated header line(s) passed over", repeated_headers_);
    note(skipped_ > 0, "{}: {} skipped image(s) (predict -2) counted as abstentions", skipped_);
    note(uncertified_ > 0,
         "{}: {} image(s) with a negative or infinite {} count as not certified (as abstentions)",
         uncertified_, header_.names[header_.radius]);
    note(correct_.is_running_count(),
         "{}: `correct` is a running count; predict and label say the same of every row");
    note(text_line_ > 0, "{}:{}: text after the last row passed over", text_line_);
  }

  const std::string& radius_column_;
  RadiusLog log_;
  LogHeader header_;
  LogFields fields_;  ///< of the line being read
  CorrectColumn correct_;
  std::string_view header_line_;
  std::int64_t line_number_ = 0;
  std::int64_t text_line_ = 0;  ///< the first line that is no row; 0 for none
  std::int64_t repeated_headers_ = 0;
  std::int64_t skipped_ = 0;
  std::int64_t uncertified_ = 0;  ///< by a negative or infinite radius
  std::unordered_map<std::int64_t, std::int64_t> line_of_index_;
  std::set<std::string> methods_;
};

}  // namespace

bool is_log_area(std::string_view column) { return column == "log_area" || column == "log_volume"; }

RadiusLog parse_cohen_log(std::string_view content, const std::string& name,
                          const std::string& radius_column) {
  return LogReader(name, radius_column).read(content);
}

}  // namespace certify
