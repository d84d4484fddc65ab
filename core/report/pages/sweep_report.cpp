#include "core/report/pages/sweep_report.h"

#include <iterator>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/report/figures/svg.h"
#include "core/report/pages/html_page.h"
#include "core/report/tables/text.h"

namespace certify {
namespace {

bool is_best(const MarkedTable& table, std::size_t row, std::size_t column) {
  return row < table.best.size() && column < table.best[row].size() && table.best[row][column];
}

class Page {
 public:
  explicit Page(const SweepReport& report) : report_(report) {}

  std::string write() {
    open();
    for (const ReportOutput& output : report_.outputs) write_output(output);
    write_runs();
    write_methods();
    write_settings();
    return out_ + kHtmlFoot;
  }

 private:
  template <class... Args>
  void put(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  void open() {
    out_ += html_head(report_.title);
    if (!report_.description.empty()) put("<p>{}</p>\n", escaped(report_.description));
    for (const ReportMethod& method : report_.methods) {
      if (method.sound) continue;
      put("<p class=\"unsound\" role=\"alert\">{}: the method {} is published, but does not bound "
          "what it says it bounds. Its radii must not be quoted as certified.</p>\n",
          kNotACertificate, escaped(method.name));
    }
    for (const std::string& warning : report_.warnings) {
      put("<p class=\"warning\" role=\"alert\">{}</p>\n", escaped(warning));
    }
  }

  void write_output(const ReportOutput& output) {
    put("<section id=\"{}\">\n<h2>{}</h2>\n", escaped(output.name), escaped(output.title));
    if (output.logs.empty()) {
      write_table(output.table);
      put("<p class=\"note\">Best of a column in bold.</p>\n");
    } else {
      // Two drawings: one scaled down to a phone would have unreadable labels.
      for (const auto& [style, width] : {std::pair{"wide", 800}, {"narrow", 340}}) {
        put("<div class=\"{}\">\n{}</div>\n", style,
            curve_svg(output.logs, {.title = "", .x_label = output.x_label, .width = width}));
      }
    }
    if (!output.caption.empty()) put("<p class=\"note\">{}</p>\n", escaped(output.caption));
    put("<p class=\"note\">Files: {0}.tsv, {0}.{1}</p>\n</section>\n", escaped(output.name),
        output.logs.empty() ? "md" : "svg");
  }

  void write_table(const MarkedTable& marked) {
    put("<div class=\"scroll\"><table>\n<thead><tr>");
    for (const std::string& cell : marked.table.header) put("<th>{}</th>", escaped(cell));
    put("</tr></thead>\n<tbody>\n");
    for (std::size_t row = 0; row < marked.table.rows.size(); ++row) {
      put("<tr>");
      for (std::size_t column = 0; column < marked.table.rows[row].size(); ++column) {
        const std::string cell = escaped(marked.table.rows[row][column]);
        const bool best = is_best(marked, row, column);
        put("<td>{}{}{}</td>", best ? "<b>" : "", cell, best ? "</b>" : "");
      }
      put("</tr>\n");
    }
    put("</tbody>\n</table></div>\n");
  }

  void write_runs() {
    if (report_.runs.rows.empty()) return;
    put("<section>\n<h2>Runs</h2>\n");
    write_table({report_.runs, {}});
    put("</section>\n");
  }

  void write_methods() {
    if (report_.methods.empty()) return;
    put("<section>\n<h2>What the methods guarantee</h2>\n<table class=\"settings\">\n<tbody>\n");
    for (const ReportMethod& method : report_.methods) {
      put("<tr><td>{}</td><td>{}<br><span class=\"note\">{}</span></td></tr>\n",
          escaped(method.name), escaped(method.guarantee), escaped(method.source));
    }
    put("</tbody>\n</table>\n</section>\n");
  }

  void write_settings() {
    if (report_.settings.empty()) return;
    put("<section>\n<h2>Settings of all runs</h2>\n<table class=\"settings\">\n<tbody>\n");
    for (const auto& [name, value] : report_.settings) {
      put("<tr><td>{}</td><td>{}</td></tr>\n", escaped(name), escaped(value));
    }
    put("</tbody>\n</table>\n</section>\n");
  }

  const SweepReport& report_;
  std::string out_;
};

/// A cell must not end its column.
std::string markdown_cell(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '|' ? "\\|" : std::string(1, c);
  return out;
}

}  // namespace

std::string markdown_table(const MarkedTable& marked) {
  std::string text = "|";
  for (const std::string& cell : marked.table.header) text += " " + markdown_cell(cell) + " |";
  text += "\n|";
  for (std::size_t i = 0; i < marked.table.header.size(); ++i) text += i == 0 ? "---|" : "---:|";
  text += "\n";
  for (std::size_t row = 0; row < marked.table.rows.size(); ++row) {
    const auto& cells = marked.table.rows[row];
    if (cells.size() != marked.table.header.size()) {
      throw InputError(fmt::format("a table row of {} cells, expected {}", cells.size(),
                                   marked.table.header.size()));
    }
    text += "|";
    for (std::size_t column = 0; column < cells.size(); ++column) {
      const char* mark = is_best(marked, row, column) ? "**" : "";
      text += fmt::format(" {0}{1}{0} |", mark, markdown_cell(cells[column]));
    }
    text += "\n";
  }
  return text;
}

std::string tsv_table(const TextTable& table) {
  std::string text;
  const auto line = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) text += (i == 0 ? "" : "\t") + cells[i];
    text += "\n";
  };
  line(table.header);
  for (const auto& row : table.rows) line(row);
  return text;
}

std::string sweep_report(const SweepReport& report) { return Page(report).write(); }

}  // namespace certify
