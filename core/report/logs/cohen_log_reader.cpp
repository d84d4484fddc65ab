#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <system_error>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/parse.h"
#include "core/report/logs/cohen_log.h"
#include "core/report/logs/python_format.h"

namespace certify {
namespace {

constexpr int kSkipped = -2;  // what some forks print as `predict` for images that they pass over

using Fields = std::vector<std::string_view>;

std::string_view without_trailing_space(std::string_view line) {
  const std::size_t last = line.find_last_not_of(" \t\r");
  return last == std::string_view::npos ? std::string_view() : line.substr(0, last + 1);
}

/// A field of the file as it may stand in a message: short, and plain ASCII, as a file that is no
/// log may hold anything.
std::string quoted(std::string_view field) {
  std::string shown = "'";
  for (const char c : field.substr(0, 40)) {
    shown += c < 0x20 || c >= 0x7f ? '?' : c;
  }
  return shown + (field.size() > 40 ? "…'" : "'");
}

class LogReader {
 public:
  LogReader(const std::string& name, const std::string& radius_column)
      : typed_radius_column_(radius_column) {
    log_.name = name;
    if (is_log_area(radius_column)) log_.measure = Measure::kLogArea;
  }

  RadiusLog read(std::string_view content) {
    if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
    while (!content.empty()) {
      const std::size_t end = content.find('\n');
      ++line_number_;
      read_line(without_trailing_space(content.substr(0, end)));
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
    if (header_.empty()) return read_header(line);
    if (line == header_line_) {
      ++repeated_headers_;
      return;
    }
    const Fields fields = split(line, '\t');
    if (is_text(line, fields)) {
      if (text_line_ == 0) text_line_ = line_number_;
      return;
    }
    if (text_line_ != 0) {
      refuse_at(text_line_,
                fmt::format("cannot be a row, and rows follow it in line {}", line_number_));
    }
    read_row(fields);
  }

  /// A summary that a script printed after its rows. A row that broke (a number in front, as many
  /// fields as the header, binary rubbish) is not: dropping it would change the denominator.
  bool is_text(std::string_view line, const Fields& fields) const {
    const bool printable = std::none_of(line.begin(), line.end(), [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
    const char first = line.front();
    const bool number_in_front = (first >= '0' && first <= '9') || first == '-' || first == '+' ||
                                 first == '.' || first == '\t';
    return printable && !number_in_front && fields.size() != header_.size();
  }

  void read_header(std::string_view line) {
    header_ = split(line, '\t');
    header_line_ = line;
    index_ = column("idx");
    label_ = column("label");
    predict_ = column("predict");
    correct_ = column("correct");
    radius_ = radius_column();
    time_ = find("time");
    method_ = find("method");
    alpha_ = find("alpha");
    n_top_ = find("n_top");
    n_runner_up_ = find("n_runner_up");
    n_ = find("n");
    p_lower_ = find("p_lower");
  }

  std::optional<std::size_t> find(std::string_view name) const {
    const auto it = std::find(header_.begin(), header_.end(), name);
    if (it == header_.end()) return std::nullopt;
    if (std::find(it + 1, header_.end(), name) != header_.end()) {
      refuse(fmt::format("two columns are named {}", name));
    }
    return static_cast<std::size_t>(it - header_.begin());
  }

  std::size_t column(std::string_view name) const {
    const std::optional<std::size_t> found = find(name);
    if (!found) {
      refuse(
          fmt::format("no column '{}' in the header {}: not a log of Cohen's family "
                      "(tab-separated: idx label predict radius correct time)",
                      name, quoted(header_line_)));
    }
    return *found;
  }

  std::size_t radius_column() const {
    const std::string name = !typed_radius_column_.empty() ? typed_radius_column_
                             : find("radius_full")         ? "radius_full"
                                                           : "radius";
    if (const auto found = find(name)) return *found;
    refuse(fmt::format("no column '{}'{}", name, radius_like_columns()));
  }

  std::string radius_like_columns() const {
    Fields names = header_;
    std::erase_if(names, [](auto name) { return name.find("radius") == std::string_view::npos; });
    if (names.empty()) return "";
    return fmt::format("; --radius-column can be one of: {}", fmt::join(names, ", "));
  }

  void read_row(const Fields& fields) {
    if (fields.size() != header_.size()) {
      refuse(fmt::format("{} fields, expected {} as in the header", fields.size(), header_.size()));
    }
    RadiusRow row;
    row.index = integer<std::int64_t>(fields, index_, 0, "an image index >= 0");
    row.label = integer<int>(fields, label_, 0, "a class >= 0");
    row.predicted = integer<int>(fields, predict_, kSkipped, "a class, -1 or -2");
    row.radius = log_.measure == Measure::kLogArea ? logarithm(fields) : length(fields);
    row.correct = read_correct(fields, row);
    row.seconds = read_time(fields);
    if (row.predicted == kSkipped) {
      row.predicted = kAbstain;
      ++skipped_;
    }
    row.n_top = count(fields, n_top_);
    row.n_runner_up = count(fields, n_runner_up_);
    row.n = count(fields, n_);
    row.p_lower = probability(fields, p_lower_);
    remember_index(row.index);
    if (method_) methods_.emplace(read_method(fields));
    if (alpha_) log_.alpha = std::max(log_.alpha, read_alpha(fields));
    log_.rows.push_back(row);
  }

  [[noreturn]] void refuse_field(const Fields& fields, std::size_t column,
                                 std::string_view expected) const {
    refuse(fmt::format("{} is {}, expected {}", header_[column], quoted(fields[column]), expected));
  }

  template <class Integer>
  Integer integer(const Fields& fields, std::size_t column, Integer least,
                  const char* expected) const {
    const std::optional<Integer> value = parse_number<Integer>(fields[column]);
    if (!value || *value < least) refuse_field(fields, column, expected);
    return *value;
  }

  std::int64_t count(const Fields& fields, std::optional<std::size_t> column) const {
    if (!column) return -1;
    // Columns of these names are ours; what another program may call `n` is no reason to refuse.
    return std::max<std::int64_t>(-1, parse_number<std::int64_t>(fields[*column]).value_or(-1));
  }

  /// As count(): of another program's column of this name only what can be a probability is taken.
  double probability(const Fields& fields, std::optional<std::size_t> column) const {
    const double p = column ? parse_finite(fields[*column]).value_or(-1) : -1;
    return 0 <= p && p <= 1 ? p : -1;
  }

  double logarithm(const Fields& fields) const {
    if (fields[radius_] == "-inf") return -std::numeric_limits<double>::infinity();
    const std::optional<double> value = parse_finite(fields[radius_]);
    if (value) return *value;
    refuse_field(fields, radius_, "a finite number or -inf");
  }

  double length(const Fields& fields) const {
    const std::optional<double> value = parse_finite(fields[radius_]);
    if (!value || *value < 0) refuse_field(fields, radius_, "a finite number >= 0");
    return *value == 0 ? 0.0 : *value;  // "-0.0" included
  }

  bool read_correct(const Fields& fields, const RadiusRow& row) const {
    const std::optional<int> value = parse_number<int>(fields[correct_]);
    if (!value || *value < 0 || *value > 1) {
      refuse_field(fields, correct_, "0 or 1 (a running count is not accepted)");
    }
    if ((*value == 1) != (row.predicted == row.label)) {
      refuse(fmt::format("correct is {}, but predict is {} and label is {}", *value, row.predicted,
                         row.label));
    }
    return *value == 1;
  }

  /// Earlier versions wrote rows of methods "published-..." too, whose radii are no certificates.
  std::string_view read_method(const Fields& fields) const {
    const std::string_view method = fields[*method_];
    if (!method.starts_with("published-")) return method;
    refuse(fmt::format("method {} proves nothing", quoted(method)));
  }

  double read_alpha(const Fields& fields) const {
    const std::optional<double> value = parse_finite(fields[*alpha_]);
    if (!value || !(0 < *value && *value < 1)) refuse_field(fields, *alpha_, "a number in (0, 1)");
    return *value;
  }

  double read_time(const Fields& fields) const {
    if (!time_) return 0;
    const std::optional<double> seconds = parse_python_time(fields[*time_]);
    if (!seconds) refuse_field(fields, *time_, "seconds or h:mm:ss");
    return *seconds;
  }

  void remember_index(std::int64_t index) {
    const auto [first, is_new] = line_of_index_.emplace(index, line_number_);
    if (!is_new) refuse(fmt::format("image {} was already in line {}", index, first->second));
  }

  void finish() {
    if (header_.empty()) throw DataError("{}: empty, expected a header", log_.name);
    if (log_.rows.empty()) throw DataError("{}: a header and no rows", log_.name);
    log_.methods.assign(methods_.begin(), methods_.end());
    const auto note = [&](std::int64_t number, const char* what) {
      if (number > 0) log_.notes.push_back(fmt::format(fmt::runtime(what), log_.name, number));
    };
    note(repeated_headers_, "{}: {} repeated header line(s) passed over");
    note(skipped_, "{}: {} skipped image(s) (predict -2) counted as abstentions");
    note(text_line_, "{}:{}: text after the last row passed over");
  }

  const std::string& typed_radius_column_;
  RadiusLog log_;
  Fields header_;
  std::string_view header_line_;
  std::size_t index_ = 0, label_ = 0, predict_ = 0, correct_ = 0, radius_ = 0;
  std::optional<std::size_t> time_, method_, alpha_, n_top_, n_runner_up_, n_, p_lower_;
  std::int64_t line_number_ = 0;
  std::int64_t text_line_ = 0;  ///< the first line that is no row; 0 for none
  std::int64_t repeated_headers_ = 0;
  std::int64_t skipped_ = 0;
  std::unordered_map<std::int64_t, std::int64_t> line_of_index_;
  std::set<std::string> methods_;
};

/// "runs/shapes-s0.25/" -> "shapes-s0.25", "logs/sigma_0.25.tsv" -> "sigma_0.25".
std::string display_name(const std::filesystem::path& path) {
  std::error_code no_working_folder;  // then the path as it was typed has to do
  std::filesystem::path normal = std::filesystem::absolute(path, no_working_folder);
  normal = (no_working_folder ? path : normal).lexically_normal();
  const std::filesystem::path last = normal.has_filename() ? normal : normal.parent_path();
  const std::filesystem::path extension = last.extension();
  const bool is_table = extension == ".tsv" || extension == ".txt";
  return (is_table ? last.stem() : last.filename()).string();
}

}  // namespace

bool is_log_area(std::string_view column) { return column == "log_area" || column == "log_volume"; }

RadiusLog parse_cohen_log(std::string_view content, const std::string& name,
                          const std::string& radius_column) {
  return LogReader(name, radius_column).read(content);
}

RadiusLog read_cohen_log(const std::filesystem::path& file_or_run,
                         const std::string& radius_column) {
  std::error_code unreadable;  // is told by read_file, with the reason
  const bool is_run = std::filesystem::is_directory(file_or_run, unreadable);
  const bool several = radius_column.starts_with("radius_") && radius_column != "radius_full" &&
                       radius_column != "radius_mahalanobis" &&
                       std::filesystem::exists(file_or_run / "radii.tsv", unreadable);
  const std::filesystem::path file =
      is_run ? file_or_run / (several ? "radii.tsv" : "certificates.tsv") : file_or_run;
  RadiusLog log = parse_cohen_log(read_file(file), file.string(), radius_column);
  log.name = display_name(file_or_run);
  return log;
}

std::vector<std::pair<std::string, RadiusLog>> read_named_radii(const std::filesystem::path& file) {
  constexpr std::string_view kPrefix = "radius_";
  const std::string content = read_file(file);
  std::vector<std::pair<std::string, RadiusLog>> radii;
  const std::string_view header = std::string_view(content).substr(0, content.find('\n'));
  for (const std::string_view field : split(without_trailing_space(header), '\t')) {
    if (!field.starts_with(kPrefix)) continue;
    const std::string column(field);
    radii.emplace_back(column.substr(kPrefix.size()),
                       parse_cohen_log(content, file.string(), column));
  }
  return radii;
}

}  // namespace certify
