#include "core/report/tables/accuracy_tables.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "core/curves/certified_accuracy.h"
#include "core/report/tables/text.h"
#include "core/report/tables/value_names.h"
#include "core/stats/binomial/certified_accuracy_bound.h"

namespace certify {
namespace {

/// A row as it is printed, and its numbers as printed, which decide what is best.
struct Row {
  std::vector<std::string> cells;
  std::vector<double> numbers;

  void put(const std::string& cell) {
    cells.push_back(cell);
    numbers.push_back(std::stod(cell));
  }
};

MarkedTable table_of(std::vector<std::string> header, std::vector<Row> rows) {
  MarkedTable marked;
  marked.table.header = std::move(header);
  std::vector<std::vector<double>> numbers;
  for (Row& row : rows) {
    marked.table.rows.push_back(std::move(row.cells));
    numbers.push_back(std::move(row.numbers));
  }
  if (numbers.size() > 1) mark_best(marked, numbers);
  return marked;
}

/// @param mean  heading of the last column; empty without one
std::vector<std::string> header_of(const std::string& corner, std::span<const double> at,
                                   const std::string& mean) {
  std::vector<std::string> header{corner};
  for (std::string& text : aligned_decimals(at)) header.push_back(std::move(text));
  if (!mean.empty()) header.push_back(mean);
  return header;
}

/// Of the mean of the logs' values; logs of no values have a header, too.
std::string mean_of(std::span<const RadiusLog> logs) {
  return mean_name(logs.empty() ? RadiusLog() : logs.front());
}

/// "+0.012", "-0.004": never above the difference.
std::string signed_rounded_down(double difference) {
  return (difference < 0 ? "" : "+") + rounded_down(difference + 0.0);  // no negative zero
}

std::string signed_share(std::int64_t difference, std::int64_t images) {
  std::int64_t thousandths = difference * 1000 / images;
  if (thousandths * images > difference * 1000) --thousandths;  // division rounds towards 0
  return fmt::format("{}{}.{:03}", thousandths < 0 ? '-' : '+', std::abs(thousandths) / 1000,
                     std::abs(thousandths) % 1000);
}

}  // namespace

MarkedTable accuracy_table(std::span<const RadiusLog> logs, std::span<const double> at,
                           const std::string& corner, bool average) {
  std::vector<Row> rows;
  for (const RadiusLog& log : logs) {
    const CertifiedAccuracy curve(log);
    Row row{{log.name}, {}};
    for (const double r : at) row.put(share_rounded_down(curve.certified(r), curve.images()));
    if (average) row.put(share_rounded_down(curve.average_radius()));
    rows.push_back(std::move(row));
  }
  return table_of(header_of(corner, at, average ? mean_of(logs) : ""), std::move(rows));
}

MarkedTable gain_table(std::span<const RadiusLog> logs,
                       std::span<const std::optional<std::size_t>> baselines,
                       std::span<const double> at, const std::string& corner) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    if (!baselines[i]) continue;
    const RadiusLog& over = logs[*baselines[i]];
    const CertifiedAccuracy curve(logs[i]), baseline(over);
    if (curve.images() != baseline.images()) continue;
    Row row{{fmt::format("{} over {}", logs[i].name, over.name)}, {}};
    for (const double r : at) {
      row.put(signed_share(curve.certified(r) - baseline.certified(r), curve.images()));
    }
    row.put(signed_rounded_down(curve.average_radius() - baseline.average_radius()));
    rows.push_back(std::move(row));
  }
  return table_of(header_of(corner, at, mean_of(logs)), std::move(rows));
}

TextTable bounds_table(const RadiusLog& log, std::span<const double> at, double rho) {
  const CertifiedAccuracy curve(log);
  const std::int64_t images = curve.images();
  const bool bounds = rho > 0 && has_band(log);
  const std::vector<std::string> names = aligned_decimals(at);
  TextTable table{{value_name(log), "certified accuracy", "images"}, {}};
  if (bounds) table.header.insert(table.header.end(), {"theorem 5", "exact"});
  for (std::size_t i = 0; i < at.size(); ++i) {
    const std::int64_t certified = curve.certified(at[i]);
    table.rows.push_back({names[i], share_rounded_down(certified, images),
                          fmt::format("{} of {}", certified, images)});
    if (!bounds) continue;
    const std::int64_t good = certified_count_exact(certified, images, log.alpha, rho);
    table.rows.back().push_back(
        share_rounded_down(certified_accuracy_bernstein(certified, images, log.alpha, rho)));
    table.rows.back().push_back(share_rounded_down(good, images));
  }
  return table;
}

MarkedTable exact_bound_table(std::span<const RadiusLog> logs, std::span<const double> at,
                              double rho, const std::string& corner) {
  std::vector<Row> rows;
  for (const RadiusLog& log : logs) {
    if (!has_band(log)) continue;
    const CertifiedAccuracy curve(log);
    Row row{{log.name}, {}};
    for (const double r : at) {
      const std::int64_t images = curve.images();
      row.put(share_rounded_down(certified_count_exact(curve.certified(r), images, log.alpha, rho),
                                 images));
    }
    rows.push_back(std::move(row));
  }
  return table_of(header_of(corner, at, ""), std::move(rows));
}

}  // namespace certify
