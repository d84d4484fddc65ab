#include "core/report/pages/image_table.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/report/logs/python_format.h"
#include "core/report/tables/text.h"

namespace certify {
namespace {

/// As text inside JSON inside <script>, which ends at the first "</script".
std::string json_text(const std::string& text) {
  const std::string quoted =
      nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string out;
  for (const char c : quoted) out += c == '<' ? "\\u003c" : std::string(1, c);
  return out;
}

bool has_votes(const std::vector<RadiusRow>& rows) {
  return std::all_of(rows.begin(), rows.end(), [](const RadiusRow& row) { return row.n >= 0; });
}

bool has_times(const std::vector<RadiusRow>& rows) {
  return std::any_of(rows.begin(), rows.end(),
                     [](const RadiusRow& row) { return row.seconds > 0; });
}

/// Columns of all runs, each stored once however many runs have it: runs of several methods share
/// their images, votes and times.
class ColumnPool {
 public:
  /// @return its number
  std::size_t add(std::string column) {
    const auto [place, is_new] = numbers_.try_emplace(std::move(column), numbers_.size());
    if (is_new) columns_.push_back(&place->first);
    return place->second;
  }
  std::string json() const {
    std::string out = "[";
    for (const std::string* column : columns_) out += (out.size() > 1 ? ",\n" : "") + *column;
    return out + "]";
  }

 private:
  std::map<std::string, std::size_t> numbers_;
  std::vector<const std::string*> columns_;
};

template <class Cell>
std::string column_of(const std::vector<RadiusRow>& rows, Cell cell) {
  std::string out = "[";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i > 0) out += ',';
    cell(out, rows[i]);
  }
  return out + ']';
}

/// {"name":…,"index":0,…}: a number of a column for each that the run has.
std::string run_of(const ReportImages& run, ColumnPool& pool) {
  std::string out = "{\"name\":" + json_text(run.name);
  const auto add = [&](const char* name, auto cell) {
    out += fmt::format(",\"{}\":{}", name, pool.add(column_of(run.rows, cell)));
  };
  const auto whole = [&](const char* name, auto field) {
    add(name, [&](std::string& column, const RadiusRow& row) {
      fmt::format_to(std::back_inserter(column), "{}", std::invoke(field, row));
    });
  };
  whole("index", &RadiusRow::index);
  whole("label", &RadiusRow::label);
  whole("predicted", &RadiusRow::predicted);
  add("radius", [](std::string& column, const RadiusRow& row) {
    column += python_radius_rounded_down(row.radius);
  });
  if (has_times(run.rows)) {
    add("seconds", [](std::string& column, const RadiusRow& row) {
      fmt::format_to(std::back_inserter(column), "{:.2g}",
                     std::isfinite(row.seconds) ? row.seconds : 0.0);
    });
  }
  if (has_votes(run.rows)) {
    whole("n_top", &RadiusRow::n_top);
    whole("n_runner_up", &RadiusRow::n_runner_up);
    whole("n", &RadiusRow::n);
  }
  return out + '}';
}

}  // namespace

std::string image_data(std::span<const ReportImages> runs,
                       const std::vector<std::string>& class_names) {
  std::string classes, all;
  for (const std::string& name : class_names) {
    classes += (classes.empty() ? "" : ",") + json_text(name);
  }
  ColumnPool pool;
  for (const ReportImages& run : runs) all += (all.empty() ? "" : ",\n") + run_of(run, pool);
  return fmt::format("{{\"classes\":[{}],\"runs\":[{}],\"columns\":{}}}", classes, all,
                     pool.json());
}

std::string image_table(std::span<const ReportImages> runs,
                        const std::vector<std::string>& class_names) {
  std::size_t rows = 0, shown = 0;
  while (shown < runs.size() && rows + runs[shown].rows.size() <= kMostImageRows) {
    rows += runs[shown++].rows.size();
  }
  std::string out;
  if (rows > 0) {
    out += fmt::format(
        "<section id=\"images\">\n<h2>Images</h2>\n<div id=\"image-filters\" "
        "class=\"filters\"></div>\n<div class=\"scroll\"><table id=\"image-table\"></table></div>\n"
        "<div id=\"image-pages\" class=\"filters\"></div>\n<noscript><p class=\"note\">The table "
        "of images needs JavaScript; the rows are also in the logs.</p></noscript>\n"
        "<script type=\"application/json\" id=\"image-data\">{}</script>\n",
        image_data(runs.first(shown), class_names));
    out +=
        "<p class=\"note\">Radii are rounded down. Votes: samples that answered with the class "
        "under test; runner-up: the most that any other class got.</p>\n</section>\n";
  }
  if (shown < runs.size()) {
    out += fmt::format(
        "<p class=\"warning\">The images of {} of {} runs are left out of this page, which would "
        "grow too large; they are in the runs' certificates.tsv.</p>\n",
        runs.size() - shown, runs.size());
  }
  return out;
}

}  // namespace certify
