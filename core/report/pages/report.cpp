#include "core/report/pages/report.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "core/base/files.h"
#include "core/report/figures/distribution_svg.h"
#include "core/report/pages/image_table.h"
#include "core/report/pages/page_style.h"
#include "core/report/tables/curve_tsv.h"
#include "core/report/tables/distribution_tsv.h"
#include "core/report/tables/text.h"
#include "core/runs/run_folder.h"

namespace certify {
namespace {

/// Up to and with the heading.
std::string html_head(const std::string& title) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      // Nothing may be loaded, whatever the page says: what is inline has to do.
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
      // An empty icon, or the browser would ask a server for one.
      "<link rel=\"icon\" href=\"data:,\">\n<title>{0}</title>\n<style>{1}</style>\n</head>\n"
      "<body>\n<main>\n<h1>{0}</h1>\n",
      escaped(title), kPageStyle);
}

std::string picture_of(const ReportOutput& output, const std::string& title, int width) {
  const ChartOptions chart{.title = title,
                           .x_label = output.x_label,
                           .y_label = output.y_label,
                           .rho = output.rho,
                           .rounding = output.rounding,
                           .width = width};
  return output.drawing == ReportOutput::Drawing::kDistribution
             ? distribution_svg(output.logs, chart)
             : curve_svg(output.logs, chart);
}

class Page {
 public:
  explicit Page(const Report& report) : report_(report) {}

  std::string write() {
    out_ = html_head(report_.title);
    if (!report_.description.empty()) put("<p>{}</p>\n", escaped(report_.description));
    write_warnings();
    write_tiles();
    for (const ReportOutput& output : report_.outputs) write_output(output);
    write_runs();
    write_meaning();
    write_methods();
    out_ += image_table(report_.images, report_.class_names, report_.value);
    write_settings();
    return out_ + "<script>" + kPageScript + "</script>\n</main>\n</body>\n</html>\n";
  }

 private:
  template <class... Args>
  void put(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  void write_warnings() {
    for (const std::string& finding : report_.findings) {
      put("<p class=\"finding\" role=\"alert\">{}</p>\n", escaped(finding));
    }
    for (const std::string& warning : report_.warnings) {
      put("<p class=\"warning\" role=\"alert\">{}</p>\n", escaped(warning));
    }
  }

  void write_tiles() {
    if (report_.tiles.empty()) return;
    put("<div class=\"tiles\">\n");
    for (const auto& [value, what] : report_.tiles) {
      put("<div><b>{}</b><span>{}</span></div>\n", escaped(value), escaped(what));
    }
    put("</div>\n");
    if (!report_.tiles_note.empty()) {
      put("<p class=\"note\">{}</p>\n", escaped(report_.tiles_note));
    }
  }

  void write_output(const ReportOutput& output) {
    put("<section id=\"{}\">\n<h2>{}</h2>\n", escaped(output.name), escaped(output.title));
    if (output.logs.empty()) {
      write_table(output.table);
    } else {
      // Two drawings: one scaled down to a phone would have unreadable labels.
      for (const auto& [style, width] : {std::pair{"wide", 800}, {"narrow", 340}}) {
        put("<div class=\"figure {}\">\n{}</div>\n", style, picture_of(output, "", width));
      }
    }
    if (!output.caption.empty()) put("<p class=\"note\">{}</p>\n", escaped(output.caption));
    put("<p class=\"note\">{1}Data: {0}.tsv</p>\n</section>\n", escaped(output.name),
        output.logs.empty() ? "" : fmt::format("Picture: {}.svg. ", escaped(output.name)));
  }

  void write_runs() {
    if (report_.runs.table.rows.empty()) return;
    put("<section id=\"runs\">\n<h2>Runs</h2>\n");
    write_table(report_.runs);
    put("</section>\n");
  }

  void write_table(const MarkedTable& marked) {
    put("<div class=\"scroll\"><table>\n<thead><tr>");
    for (const std::string& cell : marked.table.header) put("<th>{}</th>", escaped(cell));
    put("</tr></thead>\n<tbody>\n");
    for (std::size_t row = 0; row < marked.table.rows.size(); ++row) {
      put("<tr>");
      for (std::size_t column = 0; column < marked.table.rows[row].size(); ++column) {
        write_cell(marked.table.rows[row][column], marked.is_best(row, column),
                   marked.bound(row, column));
      }
      put("</tr>\n");
    }
    put("</tbody>\n</table></div>\n");
  }

  void write_cell(const std::string& text, bool best, std::string_view bound) {
    put("<td>{}{}{}", best ? "<b>" : "", escaped(text), best ? "</b>" : "");
    if (!bound.empty()) put("<small>≥ {}</small>", escaped(bound));
    put("</td>");
  }

  void write_meaning() {
    if (report_.images.empty()) return;
    if (!report_.unusual_values.empty()) return write_declared_meaning();
    const std::string noise = fmt::format(
        "{} of standard deviation {}, in units of the [0,1] input{}", escaped(report_.noise),
        report_.sigma.empty() ? "σ" : "σ = " + escaped(report_.sigma),
        report_.input.empty() ? "" : ", its input " + escaped(report_.input));
    const std::string votes = "the answer that the model gives most often under " + noise;
    const std::string scores = "the class whose score is the largest in the mean under " + noise;
    const std::string norm = report_.norm == "linf" ? "∞" : report_.norm.substr(1);
    put("<section>\n<h2>What a certificate means</h2>\n<p>{}or each image on its own, the "
        "smoothed classifier ({}) gives the same answer everywhere within the ℓ<sub>{}</sub> "
        "radius "
        "of the image.{}</p>\n{}{}"
        "<p class=\"note\">It says nothing of the model without noise, of changes measured "
        "otherwise, or of images that are not shown here. Where the noise leaves the answer open, "
        "the method abstains.</p>\n</section>\n",
        report_.certain
            ? "F"
            : fmt::format(
                  "With probability at least 1 − α{} over the sampling noise, f",
                  report_.alpha.empty() ? "" : fmt::format(" (α = {})", escaped(report_.alpha))),
        report_.of_votes ? votes : scores, norm,
        report_.levels_only
            ? " Images of 8 bits are meant, and none whose values lie between two levels."
            : "",
        report_.of_votes && report_.of_scores
            ? fmt::format("<p>Of methods on scores (soft-…) it is another one: {}.</p>\n", scores)
            : "",
        report_.other_regions
            ? "<p>At once with that, it does so within the image's radii in other norms, in its "
              "channels and in masks where a figure shows them, and, of a map of σ, in the whole "
              "ellipsoid whose certified area is shown.</p>\n"
            : "");
  }

  /// Of logs whose values their author has to explain.
  void write_declared_meaning() {
    put("<section>\n<h2>What a certificate means</h2>\n<p>With probability at least 1 − α{} over "
        "the sampling noise, for each image on its own, the smoothed classifier gives the same "
        "answer for every change of the image that measures at most the value certified. The "
        "values here are: {}. How a change is measured so, and which noise smooths the classifier, "
        "the authors of the log say.</p>\n</section>\n",
        report_.alpha.empty() ? "" : fmt::format(" (α = {})", escaped(report_.alpha)),
        escaped(report_.unusual_values));
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
    const bool several = report_.runs.table.rows.size() > 1;
    write_settings(several ? "Settings of all runs" : "Settings", report_.settings);
    for (const auto& [run, settings] : report_.settings_by_run) {
      write_settings("Settings of " + run, settings);
    }
  }

  void write_settings(const std::string& title, const ReportSettings& settings) {
    if (settings.empty()) return;
    put("<section>\n<h2>{}</h2>\n<table class=\"settings\">\n<tbody>\n", escaped(title));
    for (const auto& [name, value] : settings) {
      put("<tr><td>{}</td><td>{}</td></tr>\n", escaped(name), escaped(value));
    }
    put("</tbody>\n</table>\n</section>\n");
  }

  const Report& report_;
  std::string out_;
};

/// What an attack found is drawn beside one run's certificates, but its numbers lie in
/// attack_curve.tsv. curve.tsv of a run has one form, attacked or not: a column more where the run
/// had been attacked broke readers of three columns.
std::vector<RadiusLog> logs_of_data(const ReportOutput& output) {
  std::vector<RadiusLog> certified;
  std::ranges::copy_if(output.logs, std::back_inserter(certified),
                       [](const RadiusLog& log) { return !log.attack; });
  return certified.size() == 1 ? certified : output.logs;
}

std::string data_of(const ReportOutput& output) {
  return output.drawing == ReportOutput::Drawing::kDistribution
             ? distribution_tsv(output.logs)
             : curve_tsv(logs_of_data(output), output.rho);
}

/// NAME.svg and NAME.tsv of a figure; NAME.tsv, and NAME.md, .tex, .csv where wanted, of a table.
void write_output(const ReportOutput& output, const std::filesystem::path& folder,
                  const TableFormats& formats) {
  const std::string file = (folder / output.name).string();
  if (output.logs.empty()) {
    const TextTable cells = with_bounds_apart(output.table);
    replace_file(file + ".tsv", tsv_table(cells));
    if (formats.markdown) replace_file(file + ".md", markdown_table(output.table));
    if (formats.latex) replace_file(file + ".tex", latex_table(output.table));
    if (formats.csv) replace_file(file + ".csv", csv_table(cells));
    return;
  }
  replace_file(file + ".tsv", data_of(output));
  replace_file(
      file + ".svg",
      picture_of(output, output.picture_title.empty() ? output.title : output.picture_title,
                 ChartOptions().width));
}

}  // namespace

std::string html_report(const Report& report) { return Page(report).write(); }

void write_report(const Report& report, const std::filesystem::path& folder,
                  const TableFormats& formats) {
  for (const ReportOutput& output : report.outputs) write_output(output, folder, formats);
  replace_file(folder / kReportFile, html_report(report));
}

}  // namespace certify
