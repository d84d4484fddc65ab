#include "core/report/pages/image_table.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/report/logs/python_format.h"

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

/// Columns of all runs, each stored once however many runs have it: runs of several methods share
/// their images, votes and times.
class ColumnPool {
 public:
  /// @return its number
  std::size_t add(std::string column) {
    const auto [place, is_new] = numbers_.try_emplace(std::move(column), numbers_.size());
    if (is_new) columns_.push_back(place->first);
    return place->second;
  }
  std::string json() const { return fmt::format("[{}]", fmt::join(columns_, ",\n")); }

 private:
  std::map<std::string, std::size_t> numbers_;
  std::vector<std::string_view> columns_;
};

/// {"name":…,"index":0,…}: a number of a column for each that the run has.
std::string run_of(const ReportImages& run, ColumnPool& pool) {
  std::string out = "{\"name\":" + json_text(run.name);
  const auto add = [&](const char* name, auto cell) {
    std::vector<std::decay_t<decltype(std::invoke(cell, run.rows[0]))>> cells;
    for (const RadiusRow& row : run.rows) cells.push_back(std::invoke(cell, row));
    out += fmt::format(",\"{}\":{}", name, pool.add(fmt::format("[{}]", fmt::join(cells, ","))));
  };
  add("index", &RadiusRow::index);
  add("label", &RadiusRow::label);
  add("predicted", &RadiusRow::predicted);
  add("radius", [](const RadiusRow& row) { return python_radius_rounded_down(row.radius); });
  if (std::ranges::any_of(
          run.rows, [](double s) { return s > 0; }, &RadiusRow::seconds)) {
    add("seconds", [](const RadiusRow& row) {
      return fmt::format("{:.2g}", std::isfinite(row.seconds) ? row.seconds : 0.0);
    });
  }
  if (std::ranges::all_of(
          run.rows, [](std::int64_t n) { return n >= 0; }, &RadiusRow::n)) {
    add("n_top", &RadiusRow::n_top);
    add("n_runner_up", &RadiusRow::n_runner_up);
    add("n", &RadiusRow::n);
  }
  return out + '}';
}

}  // namespace

std::string image_data(std::span<const ReportImages> runs,
                       const std::vector<std::string>& class_names, const std::string& value) {
  std::vector<std::string> classes, all;
  for (const std::string& name : class_names) classes.push_back(json_text(name));
  ColumnPool pool;
  for (const ReportImages& run : runs) all.push_back(run_of(run, pool));
  return fmt::format("{{\"value\":{},\"classes\":[{}],\"runs\":[{}],\"columns\":{}}}",
                     json_text(value), fmt::join(classes, ","), fmt::join(all, ",\n"), pool.json());
}

std::string image_table(std::span<const ReportImages> runs,
                        const std::vector<std::string>& class_names, const std::string& value) {
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
        image_data(runs.first(shown), class_names, value));
    out +=
        "<p class=\"note\">The certified values are rounded down. Votes: samples that answered "
        "with the class "
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
