#pragma once
/// The report of several runs: figures and tables as papers have them, on one offline page.

#include <string>
#include <utility>
#include <vector>

#include "core/curves/radius_log.h"
#include "core/report/tables/table.h"

namespace certify {

/// A table whose best cell in each column stands out.
struct MarkedTable {
  TextTable table;
  std::vector<std::vector<bool>> best;  ///< as table.rows; may be empty
};

/// | radius | 0.00 | … with the best in bold. @throws InputError for ragged rows.
std::string markdown_table(const MarkedTable& table);
/// Tab-separated, header first.
std::string tsv_table(const TextTable& table);

/// One figure or table. A figure has logs, a table has cells.
struct ReportOutput {
  std::string name;  ///< of its files beside the report
  std::string title, caption;
  std::string x_label;  ///< of a figure
  std::vector<RadiusLog> logs{};
  MarkedTable table{};
};

struct ReportMethod {
  std::string name, source, guarantee;
  bool sound = true;
};

struct SweepReport {
  std::string title, description;
  std::vector<std::string> warnings{};
  std::vector<ReportOutput> outputs{};
  TextTable runs{};
  std::vector<std::pair<std::string, std::string>> settings{};  ///< that all runs share
  std::vector<ReportMethod> methods{};
};

/// Like html_report() in every respect; unsound methods are named in red, at the top and wherever
/// they occur. @throws InputError for a log without rows.
std::string sweep_report(const SweepReport& report);

}  // namespace certify
