#include "core/report/tables/marked_table.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"

namespace certify {
namespace {

void check_rows(const TextTable& table) {
  for (const auto& row : table.rows) {
    if (row.size() == table.header.size()) continue;
    throw InputError(
        fmt::format("a table row of {} cells, expected {}", row.size(), table.header.size()));
  }
}

/// A cell must not end its column or its row.
std::string markdown_cell(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '\\' || c == '*' || c == '_' || c == '`' || c == '<') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
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
  std::string out;
  for (std::string_view rest = text; !rest.empty();) {
    const auto* const sign = std::find_if(std::begin(kSigns), std::end(kSigns),
                                          [&](const auto& s) { return rest.starts_with(s.first); });
    if (sign != std::end(kSigns)) {
      out += sign->second;
      rest.remove_prefix(sign->first.size());
    } else {
      out += static_cast<unsigned char>(rest.front()) < 0x20 ? ' ' : rest.front();
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

std::string tsv_cell(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

template <class Cell>
std::string joined(const std::vector<std::string>& cells, const char* between, Cell cell) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) line += (i == 0 ? "" : between) + cell(cells[i]);
  return line;
}

template <class Cell>
std::string lines_of(const TextTable& table, const char* between, const char* end, Cell cell) {
  check_rows(table);
  std::string text = joined(table.header, between, cell) + end;
  for (const auto& row : table.rows) text += joined(row, between, cell) + end;
  return text;
}

}  // namespace

bool MarkedTable::is_best(std::size_t row, std::size_t column) const {
  return row < best.size() && column < best[row].size() && best[row][column];
}

void mark_best(MarkedTable& table, const std::vector<std::vector<double>>& values, double least) {
  table.best.assign(values.size(), {});
  for (std::size_t row = 0; row < values.size(); ++row) {
    table.best[row].assign(values[row].size() + 1, false);
    for (std::size_t column = 0; column < values[row].size(); ++column) {
      double most = least;
      for (const auto& other : values) most = std::max(most, other[column]);
      table.best[row][column + 1] = values[row][column] > least && values[row][column] == most;
    }
  }
}

std::string markdown_table(const MarkedTable& marked) {
  check_rows(marked.table);
  std::string text = "|";
  for (const std::string& cell : marked.table.header) text += " " + markdown_cell(cell) + " |";
  text += "\n|";
  for (std::size_t i = 0; i < marked.table.header.size(); ++i) text += i == 0 ? "---|" : "---:|";
  text += "\n";
  for (std::size_t row = 0; row < marked.table.rows.size(); ++row) {
    const auto& cells = marked.table.rows[row];
    text += "|";
    for (std::size_t column = 0; column < cells.size(); ++column) {
      const char* mark = marked.is_best(row, column) ? "**" : "";
      text += fmt::format(" {0}{1}{0} |", mark, markdown_cell(cells[column]));
    }
    text += "\n";
  }
  return text;
}

std::string latex_table(const MarkedTable& marked) {
  check_rows(marked.table);
  const TextTable& table = marked.table;
  std::string text =
      fmt::format("% \\usepackage{{booktabs}}\n\\begin{{tabular}}{{l{}}}\n\\toprule\n",
                  std::string(table.header.size() - 1, 'r'));
  text += joined(table.header, " & ", latex_cell) + " \\\\\n\\midrule\n";
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    for (std::size_t column = 0; column < table.rows[row].size(); ++column) {
      const std::string cell = latex_cell(table.rows[row][column]);
      if (column > 0) text += " & ";
      text += marked.is_best(row, column) ? "\\textbf{" + cell + "}" : cell;
    }
    text += " \\\\\n";
  }
  return text + "\\bottomrule\n\\end{tabular}\n";
}

std::string csv_table(const TextTable& table) { return lines_of(table, ",", "\r\n", csv_cell); }

std::string tsv_table(const TextTable& table) { return lines_of(table, "\t", "\n", tsv_cell); }

}  // namespace certify
