#include "core/report/pages/report_files.h"

#include <string>

#include "core/base/files.h"
#include "core/report/tables/curve_tsv.h"
#include "core/runs/run_folder.h"

namespace certify {

void write_output(const ReportOutput& output, const std::filesystem::path& folder,
                  const TableFormats& formats) {
  const std::string file = (folder / output.name).string();
  if (output.logs.empty()) {
    replace_file(file + ".tsv", tsv_table(output.table.table));
    if (formats.markdown) replace_file(file + ".md", markdown_table(output.table));
    if (formats.latex) replace_file(file + ".tex", latex_table(output.table));
    if (formats.csv) replace_file(file + ".csv", csv_table(output.table.table));
    return;
  }
  const ChartOptions chart{
      .title = output.picture_title.empty() ? output.title : output.picture_title,
      .x_label = output.x_label,
      .y_label = output.y_label,
      .rho = output.rho};
  replace_file(file + ".tsv", curve_tsv(output.logs, output.rho));
  replace_file(file + ".svg", curve_svg(output.logs, chart));
}

void write_report(const Report& report, const std::filesystem::path& folder,
                  const TableFormats& formats) {
  for (const ReportOutput& output : report.outputs) write_output(output, folder, formats);
  replace_file(folder / kReportFile, html_report(report));
}

}  // namespace certify
