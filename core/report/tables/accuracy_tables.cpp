#include "core/report/tables/accuracy_tables.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "core/curves/certified_accuracy.h"
#include "core/curves/comparability.h"
#include "core/report/tables/text.h"
#include "core/report/tables/value_names.h"
#include "core/stats/binomial/certified_accuracy_bound.h"

namespace certify {
namespace {

/// A row as it is printed, its numbers as printed, which decide what is best, and its bounds.
struct Row {
  std::vector<std::string> cells;
  std::vector<double> numbers{};
  std::vector<std::string> bounds{""};

  explicit Row(const std::string& name) : cells{name} {}
  void put(const std::string& cell, const std::string& bound = "") {
    cells.push_back(cell);
    numbers.push_back(std::stod(cell));
    bounds.push_back(bound);
  }
  /// More of it is not better.
  void put_beside(const std::string& cell) {
    cells.push_back(cell);
    numbers.push_back(-1);
    bounds.emplace_back();
  }
};

/// @param group_of  by row, see mark_best()
MarkedTable table_of(std::vector<std::string> header, std::vector<Row> rows,
                     const std::vector<std::size_t>& group_of) {
  MarkedTable marked;
  marked.table.header = std::move(header);
  std::vector<std::vector<double>> numbers;
  for (Row& row : rows) {
    marked.table.rows.push_back(std::move(row.cells));
    numbers.push_back(std::move(row.numbers));
    marked.at_least.push_back(std::move(row.bounds));
  }
  mark_best(marked, numbers, group_of);
  return marked;
}

std::vector<std::string> header_of(const std::string& corner, std::span<const double> at) {
  std::vector<std::string> header{corner};
  for (std::string& text : aligned_decimals(at)) header.push_back(std::move(text));
  return header;
}

/// That the logs' values have in common; logs of no values have a header, too.
const RadiusLog& kind_of(std::span<const RadiusLog> logs) {
  static const RadiusLog none;
  return logs.empty() ? none : logs.front();
}

/// "+0.012", "-0.004"
std::string with_sign(const std::string& number) {
  return (number.starts_with('-') ? "" : "+") + number;
}

/// Nothing where only last digits differ: one sum may have been made in another order, and rounded
/// down that would read as -0.001.
double difference(double a, double b) {
  constexpr double kLastDigits = 1e-12;
  return std::isfinite(a) && std::isfinite(b) &&
                 std::abs(a - b) <= kLastDigits * std::max(std::abs(a), std::abs(b))
             ? 0
             : a - b;
}

std::string difference_of_counts(std::int64_t difference, std::int64_t images, Rounding rounding) {
  if (rounding == Rounding::kNearest) {
    return with_sign(
        rounded(static_cast<double>(difference) / static_cast<double>(images), rounding));
  }
  std::int64_t thousandths = difference * 1000 / images;
  if (thousandths * images > difference * 1000) --thousandths;  // division rounds towards 0
  return fmt::format("{}{}.{:03}", thousandths < 0 ? '-' : '+', std::abs(thousandths) / 1000,
                     std::abs(thousandths) % 1000);
}

/// The exact lower bound where the log has `certified` images; nothing where none follows.
std::string exact_bound(const RadiusLog& log, std::int64_t certified, std::int64_t images,
                        double rho) {
  if (!(rho > 0) || !has_band(log)) return "";
  return share_rounded_down(certified_count_exact(certified, images, log.alpha, rho), images);
}

}  // namespace

MarkedTable accuracy_table(std::span<const RadiusLog> logs, std::span<const double> at,
                           const AccuracyTableOptions& options) {
  std::vector<std::string> header = header_of(options.corner, at);
  const RadiusLog& kind = kind_of(logs);
  if (options.average) header.push_back(mean_name(kind));
  if (options.average && has_acr(kind)) header.emplace_back(kCarryHeading);
  const Comparability comparable = compare(logs);
  std::vector<Row> rows;
  for (const RadiusLog& log : logs) {
    const CertifiedAccuracy curve(log);
    Row& row = rows.emplace_back(comparable.name_with_set(log, rows.size()));
    for (const double r : at) {
      const std::int64_t certified = curve.certified(r), images = curve.images();
      row.put(rounded_share(certified, images, options.rounding),
              exact_bound(log, certified, images, options.rho));
    }
    if (!options.average) continue;
    row.put(rounded_share(curve.average_radius(), options.rounding));
    if (has_acr(kind)) row.put_beside(carried_share(curve, options.rounding));
  }
  MarkedTable marked = table_of(std::move(header), std::move(rows), comparable.set_of);
  marked.at_least_name = "at_least" + rho_suffix(options.rho);
  return marked;
}

MarkedTable gain_table(std::span<const RadiusLog> logs,
                       std::span<const std::optional<std::size_t>> baselines,
                       std::span<const double> at, const AccuracyTableOptions& options) {
  std::vector<std::string> header = header_of(options.corner, at);
  header.push_back(mean_name(kind_of(logs)));
  const Comparability comparable = compare(logs);
  std::vector<Row> rows;
  std::vector<std::size_t> sets;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    if (!baselines[i]) continue;
    const RadiusLog& over = logs[*baselines[i]];
    const CertifiedAccuracy curve(logs[i]), baseline(over);
    if (curve.images() != baseline.images()) continue;
    sets.push_back(comparable.set_of[i]);
    Row& row = rows.emplace_back(fmt::format("{} over {}", logs[i].name, over.name));
    for (const double r : at) {
      row.put(difference_of_counts(curve.certified(r) - baseline.certified(r), curve.images(),
                                   options.rounding));
    }
    const double more = difference(curve.average_radius(), baseline.average_radius());
    row.put(with_sign(rounded(more, options.rounding)));
  }
  return table_of(std::move(header), std::move(rows), sets);
}

TextTable bounds_table(const RadiusLog& log, std::span<const double> at, double rho,
                       Rounding rounding) {
  const CertifiedAccuracy curve(log);
  const std::int64_t images = curve.images();
  const bool bounds = rho > 0 && has_band(log);
  const std::vector<std::string> names = aligned_decimals(at);
  TextTable table{{value_name(log), "certified accuracy", "images"}, {}};
  if (bounds) table.header.insert(table.header.end(), {"theorem 5", "exact"});
  for (std::size_t i = 0; i < at.size(); ++i) {
    const std::int64_t certified = curve.certified(at[i]);
    table.rows.push_back({names[i], rounded_share(certified, images, rounding),
                          fmt::format("{} of {}", certified, images)});
    if (!bounds) continue;
    table.rows.back().push_back(
        share_rounded_down(certified_accuracy_bernstein(certified, images, log.alpha, rho)));
    table.rows.back().push_back(exact_bound(log, certified, images, rho));
  }
  return table;
}

}  // namespace certify
