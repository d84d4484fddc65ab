#include "core/report/tables/table.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/curves/certified_accuracy.h"
#include "core/curves/comparability.h"
#include "core/report/tables/text.h"
#include "core/report/tables/value_names.h"

namespace certify {
namespace {

constexpr std::size_t kGap = 2;  // spaces between columns

std::vector<std::size_t> column_widths(const TextTable& table) {
  std::vector<std::size_t> widths;
  for (const std::string& cell : table.header) widths.push_back(display_width(cell));
  for (const std::vector<std::string>& row : table.rows) {
    if (row.empty()) continue;
    if (row.size() != widths.size()) {
      throw InputError("a table row of {} cells, expected {}", row.size(), widths.size());
    }
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  }
  return widths;
}

std::string line_of(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string padding(widths[i] - display_width(cells[i]), ' ');
    if (i > 0) line.append(kGap, ' ');
    line += i == 0 ? cells[i] + padding : padding + cells[i];
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::size_t width_of(const TextTable& table) {
  std::size_t width = 0;
  for (const std::size_t column : column_widths(table)) width += column + kGap;
  return width - kGap;
}

TextTable transposed(const TextTable& table) {
  TextTable out;
  out.header.push_back(table.header.front());
  for (const auto& row : table.rows) {
    if (!row.empty()) out.header.push_back(row.front());
  }
  for (std::size_t column = 1; column < table.header.size(); ++column) {
    std::vector<std::string> cells{table.header[column]};
    for (const auto& row : table.rows) {
      if (!row.empty()) cells.push_back(row[column]);
    }
    out.rows.push_back(std::move(cells));
  }
  return out;
}

/// One row: its name, then what `cell` makes of each curve.
template <class Cell>
std::vector<std::string> row_of(const std::string& name,
                                const std::vector<CertifiedAccuracy>& curves, Cell cell) {
  std::vector<std::string> row{name};
  for (const CertifiedAccuracy& curve : curves) row.push_back(cell(curve));
  return row;
}

/// What keeps the logs' numbers from being compared, if anything does.
void add_rows_of_differences(TextTable& table, std::span<const RadiusLog> logs) {
  const Comparability comparable = compare(logs);
  if (comparable.sets > 1) {
    std::vector<std::string>& row = table.rows.emplace_back(1, "set of images");
    for (std::size_t i = 0; i < logs.size(); ++i) row.push_back(comparable.set_name(i));
  }
  if (!comparable.one_alpha) {
    std::vector<std::string>& row = table.rows.emplace_back(1, "alpha");
    row.insert(row.end(), comparable.alphas.begin(), comparable.alphas.end());
  }
}

/// What is said of the images of each log.
void add_image_rows(TextTable& table, const RadiusLog& first,
                    const std::vector<CertifiedAccuracy>& curves, Rounding rounding) {
  table.rows.emplace_back();
  table.rows.push_back(row_of(mean_name(first), curves, [&](const CertifiedAccuracy& curve) {
    return first.measure == Measure::kLogArea ? fmt::format("{:.3f}", curve.average_radius())
                                              : rounded_share(curve.average_radius(), rounding);
  }));
  if (has_acr(first)) {
    table.rows.push_back(row_of(kCarryHeading, curves, [&](const CertifiedAccuracy& curve) {
      return carried_share(curve, rounding);
    }));
  }
  table.rows.push_back(row_of("abstained", curves, [](const CertifiedAccuracy& curve) {
    return fmt::format("{}", curve.abstained());
  }));
  table.rows.push_back(row_of("images", curves, [](const CertifiedAccuracy& curve) {
    return fmt::format("{}", curve.images());
  }));
}

}  // namespace

void print_table(std::ostream& out, const TextTable& table) {
  const std::vector<std::size_t> widths = column_widths(table);
  std::vector<std::string> rule;
  for (const std::size_t width : widths) rule.emplace_back(width, '-');
  out << line_of(table.header, widths) << '\n' << line_of(rule, widths) << '\n';
  for (const std::vector<std::string>& row : table.rows) out << line_of(row, widths) << '\n';
}

std::string carried_share(const CertifiedAccuracy& curve, Rounding rounding) {
  const std::optional<double> share = curve.top_tenth_share();
  return share ? rounded_share(*share, rounding) : "";
}

TextTable certified_accuracy_table(std::span<const RadiusLog> logs, std::span<const double> radii,
                                   Rounding rounding, std::size_t width) {
  const std::vector<CertifiedAccuracy> curves(logs.begin(), logs.end());
  const std::vector<std::string> names = short_names(logs);
  const std::vector<std::string> radius_names = aligned_decimals(radii);
  TextTable table{{value_name(logs.front())}, {}};
  table.header.insert(table.header.end(), names.begin(), names.end());
  for (std::size_t i = 0; i < radii.size(); ++i) {
    table.rows.push_back(row_of(radius_names[i], curves, [&](const CertifiedAccuracy& curve) {
      return rounded_share(curve.certified(radii[i]), curve.images(), rounding);
    }));
  }
  if (logs.front().of_images) {
    add_image_rows(table, logs.front(), curves, rounding);
    add_rows_of_differences(table, logs);
  }
  return width_of(table) <= width ? table : transposed(table);
}

}  // namespace certify
