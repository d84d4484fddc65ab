#include "core/report/tables/marked_table.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/report/tables/text.h"

namespace certify {
namespace {

/// A cell must not end its column or its row.
std::string markdown_cell(const std::string& text) {
  std::string out;
  for (const char c : on_one_line(text)) {
    if (std::string_view("|\\*_`<").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string latex_cell(const std::string& text) {
  static constexpr std::pair<std::string_view, std::string_view> kSigns[] = {
      {"\\", "\\textbackslash{}"},
      {"&", "\\&"},
      {"%", "\\%"},
      {"$", "\\$"},
      {"#", "\\#"},
      {"_", "\\_"},
      {"{", "\\{"},
      {"}", "\\}"},
      {"~", "\\textasciitilde{}"},
      {"^", "\\textasciicircum{}"},
      {"σ", "$\\sigma$"},
      {"α", "$\\alpha$"},
      {"ρ", "$\\rho$"},
      {"ℓ", "$\\ell$"},
      {"∞", "$\\infty$"},
      {"≥", "$\\ge$"},
      {"−", "$-$"},
      {"–", "--"}};
  const std::string line = on_one_line(text);
  std::string out;
  for (std::string_view rest = line; !rest.empty();) {
    const auto* const sign = std::find_if(std::begin(kSigns), std::end(kSigns),
                                          [&](const auto& s) { return rest.starts_with(s.first); });
    if (sign != std::end(kSigns)) {
      out += sign->second;
      rest.remove_prefix(sign->first.size());
    } else {
      out += rest.front();
      rest.remove_prefix(1);
    }
  }
  return out;
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + '"';
}

struct Format {
  std::string (*cell)(const std::string&);
  const char *before, *between, *behind;        ///< cells of a line
  const char *bold = "", *no_longer_bold = "";  ///< around the best
};

std::string text_of(const MarkedTable& marked, const Format& format, const std::string& rule) {
  std::string text;
  const auto add = [&](const std::vector<std::string>& cells, auto is_best, auto bound) {
    if (cells.size() != marked.table.header.size()) {
      throw InputError("a table row of {} cells, expected {}", cells.size(),
                       marked.table.header.size());
    }
    text += format.before;
    for (std::size_t column = 0; column < cells.size(); ++column) {
      if (column > 0) text += format.between;
      if (is_best(column)) text += format.bold;
      text += format.cell(cells[column]);
      if (is_best(column)) text += format.no_longer_bold;
      if (!bound(column).empty()) text += format.cell(fmt::format(" (≥ {})", bound(column)));
    }
    text += format.behind;
  };
  add(
      marked.table.header, [](std::size_t) { return false; },
      [](std::size_t) { return std::string_view(); });
  text += rule;
  for (std::size_t row = 0; row < marked.table.rows.size(); ++row) {
    add(
        marked.table.rows[row], [&](std::size_t column) { return marked.is_best(row, column); },
        [&](std::size_t column) { return marked.bound(row, column); });
  }
  return text;
}

}  // namespace

bool MarkedTable::is_best(std::size_t row, std::size_t column) const {
  return row < best.size() && column < best[row].size() && best[row][column];
}

std::string_view MarkedTable::bound(std::size_t row, std::size_t column) const {
  return row < at_least.size() && column < at_least[row].size() ? at_least[row][column]
                                                                : std::string_view();
}

TextTable with_bounds_apart(const MarkedTable& marked) {
  TextTable out = marked.table;
  for (std::size_t column = 0; column < marked.table.header.size(); ++column) {
    const auto has_bound = [&](const auto& bounds) {
      return column < bounds.size() && !bounds[column].empty();
    };
    if (std::ranges::none_of(marked.at_least, has_bound)) continue;
    out.header.push_back(marked.at_least_name + " " + marked.table.header[column]);
    for (std::size_t row = 0; row < out.rows.size(); ++row) {
      out.rows[row].emplace_back(marked.bound(row, column));
    }
  }
  return out;
}

void mark_best(MarkedTable& table, const std::vector<std::vector<double>>& values,
               const std::vector<std::size_t>& group_of) {
  table.best.assign(values.size(), {});
  const auto compared = [&](std::size_t a, std::size_t b) {
    return group_of.empty() || group_of[a] == group_of[b];
  };
  for (std::size_t row = 0; row < values.size(); ++row) {
    table.best[row].assign(values[row].size() + 1, false);
    std::size_t rivals = 0;
    for (std::size_t other = 0; other < values.size(); ++other) rivals += compared(row, other);
    if (rivals < 2) continue;
    for (std::size_t column = 0; column < values[row].size(); ++column) {
      double most = 0;
      for (std::size_t other = 0; other < values.size(); ++other) {
        if (compared(row, other)) most = std::max(most, values[other][column]);
      }
      table.best[row][column + 1] = values[row][column] > 0 && values[row][column] == most;
    }
  }
}

std::string markdown_table(const MarkedTable& marked) {
  std::string rule = "|";
  for (std::size_t i = 0; i < marked.table.header.size(); ++i) rule += i == 0 ? "---|" : "---:|";
  return text_of(marked, {markdown_cell, "| ", " | ", " |\n", "**", "**"}, rule + "\n");
}

std::string latex_table(const MarkedTable& marked) {
  return fmt::format(
      "% \\usepackage{{booktabs}}\n\\begin{{tabular}}{{l{}}}\n\\toprule\n{}\\bottomrule\n"
      "\\end{{tabular}}\n",
      std::string(marked.table.header.size() - 1, 'r'),
      text_of(marked, {latex_cell, "", " & ", " \\\\\n", "\\textbf{", "}"}, "\\midrule\n"));
}

std::string csv_table(const TextTable& table) {
  return text_of({table, {}}, {csv_cell, "", ",", "\r\n"}, "");
}

std::string tsv_table(const TextTable& table) {
  return text_of({table, {}}, {on_one_line, "", "\t", "\n"}, "");
}

}  // namespace certify
