#include "core/verify/files/row_file.h"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "core/base/files.h"
#include "core/base/tsv_reader.h"

namespace certify {
namespace {

struct RadiusColumns {
  const char *norm, *shown, *full;
};
constexpr RadiusColumns kRadiusColumns[] = {{"l2", "radius", "radius_full"},
                                            {"l1", "radius_l1", "radius_l1_full"}};

std::optional<RadiusColumns> radius_columns(const TsvReader& table) {
  for (const RadiusColumns& columns : kRadiusColumns) {
    if (table.has(columns.shown)) return columns;
  }
  return std::nullopt;
}

void check_header(const TsvReader& table) {
  const auto require = [&](const char* column) {
    table.require(column, "nothing to check a radius against");
  };
  for (const char* needed : {"idx", "label", "predict", "correct", "n_top", "n_runner_up", "n",
                             "alpha", "sigma", "method"}) {
    require(needed);
  }
  const std::optional<RadiusColumns> radius = radius_columns(table);
  if (!radius) return;  // predictions.tsv
  require(radius->full);
  for (const char* needed : {"p_lower", "p_upper"}) require(needed);
  if (!table.has("radius_mahalanobis")) return;
  for (const char* needed : {"log_area", "log_volume"}) require(needed);
}

void check_ranges(const TsvReader& table, const StatedRow& row) {
  const bool counted = row.method == "enumerated";
  if (!(0 < row.alpha && row.alpha < 1) && !(counted && row.alpha == 0)) {
    table.refuse("alpha is outside (0, 1)");
  }
  if (!(0 < row.sigma)) table.refuse("sigma is not positive");
  if (row.p_lower > 1 || row.p_upper > 1) table.refuse("a probability above 1");
  if (row.n_top > row.n || row.n_runner_up > row.n - row.n_top) {
    table.refuse(fmt::format("counts {} and {} of {} samples", row.n_top, row.n_runner_up, row.n));
  }
}

/// -inf is what nothing has.
double logarithm(const TsvReader& table, const char* column) {
  if (table.field(column) == "-inf") return -std::numeric_limits<double>::infinity();
  return table.number<double>(column, std::numeric_limits<double>::lowest());
}

StatedRow read_row(const TsvReader& table) {
  StatedRow row;
  row.line = table.line();
  row.index = table.number<std::int64_t>("idx", 0);
  row.label = table.number<int>("label", 0);
  row.predicted = table.number<int>("predict", -1);
  row.correct = table.number<int>("correct", 0) != 0;
  row.n_top = table.number<std::int64_t>("n_top", 0);
  row.n_runner_up = table.number<std::int64_t>("n_runner_up", 0);
  row.n = table.number<std::int64_t>("n", 1);
  row.alpha = table.number<double>("alpha", 0);
  row.sigma = table.number<double>("sigma", 0);
  row.method = table.field("method");
  if (const auto radius = radius_columns(table)) {
    table.number<double>(radius->shown, 0);
    row.norm = radius->norm;
    row.radius_text = table.field(radius->shown);
    row.radius = table.number<double>(radius->full, 0);
    row.p_lower = table.number<double>("p_lower", 0);
    row.p_upper = table.number<double>("p_upper", 0);
  }
  if (table.has("noise_alpha")) {
    row.noise_alpha = table.number<double>("noise_alpha", 0);
    if (!(row.noise_alpha < row.alpha)) table.refuse("noise_alpha leaves nothing of alpha");
  }
  if (table.has("radius_mahalanobis")) {
    row.ellipsoid = {table.number<double>("radius_mahalanobis", 0), logarithm(table, "log_area"),
                     logarithm(table, "log_volume")};
  }
  check_ranges(table, row);
  return row;
}

constexpr std::string_view kRadius = "radius_", kProof = "proof_";

std::array<double, 3> read_proof(const TsvReader& table, const std::string& column) {
  const std::string_view text = table.field(column);
  if (text == "-") return {};
  const auto parts = split(text, ',');
  if (parts.size() != 3) table.refuse(column + ": expected three numbers or -");
  std::array<double, 3> lambda{};
  std::transform(parts.begin(), parts.end(), lambda.begin(),
                 [&](std::string_view part) { return table.parse<double>(column, part, 0); });
  return lambda;
}

}  // namespace

std::vector<StatedRow> parse_rows(std::string_view content, const std::string& name) {
  TsvReader table(content, name);
  check_header(table);
  std::vector<StatedRow> rows;
  while (table.next()) rows.push_back(read_row(table));
  return rows;
}

std::vector<StatedRow> read_rows(const std::filesystem::path& file) {
  return parse_rows(read_file(file), file.string());
}

std::vector<StatedRadii> parse_radii_rows(std::string_view content, const std::string& name) {
  TsvReader table(content, name);
  std::vector<std::string> names;
  for (const std::string& column : table.header()) {
    if (column.starts_with(kRadius)) names.push_back(column.substr(kRadius.size()));
  }
  for (const char* needed : {"idx", "label", "predict", "correct"}) {
    table.require(needed, "no radii without it");
  }
  for (const std::string& radius : names) {
    table.require(std::string(kProof) + radius, "a radius without its proof");
  }
  std::vector<StatedRadii> rows;
  while (table.next()) {
    StatedRadii row{.line = table.line(),
                    .index = table.number<std::int64_t>("idx", 0),
                    .label = table.number<int>("label", 0),
                    .predicted = table.number<int>("predict", -1),
                    .correct = table.number<int>("correct", 0) != 0,
                    .radii = {}};
    for (const std::string& radius : names) {
      row.radii.push_back({radius, table.number<double>(std::string(kRadius) + radius, 0),
                           read_proof(table, std::string(kProof) + radius)});
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace certify
