#pragma once
/// A report's page, and beside it each figure and table in files of its own.

#include <filesystem>

#include "core/report/pages/report.h"

namespace certify {

/// Formats of tables beside .tsv.
struct TableFormats {
  bool markdown = false, latex = false, csv = false;
};

/// NAME.svg and NAME.tsv of a figure; NAME.tsv, and NAME.md, .tex, .csv where wanted, of a table.
/// Each is replaced atomically. @throws IoError; InputError as html_report().
void write_output(const ReportOutput& output, const std::filesystem::path& folder,
                  const TableFormats& formats);

/// All of them and report.html.
void write_report(const Report& report, const std::filesystem::path& folder,
                  const TableFormats& formats);

}  // namespace certify
