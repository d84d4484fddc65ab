#include "core/report/tables/value_names.h"

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/norm.h"
#include "core/report/tables/text.h"

namespace certify {

std::string label_of_log_area(std::string_view column) {
  return column == "log_volume" ? "ln of the certified volume"
                                : "log certified area O_CA = Σ ln σᵢ + D ln R";
}

std::string radius_label(std::string_view norm) {
  return norm_symbol(norm) + " radius (in units of the [0,1] input)";
}

std::string value_name(const RadiusLog& log) {
  if (!log.unit.empty()) return log.unit;
  if (log.measure == Measure::kLogArea) return "log area";
  return log.norm.empty() || log.norm == "l2" ? "radius" : norm_symbol(log.norm) + " radius";
}

std::string value_column(const RadiusLog& log) {
  if (!log.unit.empty()) return on_one_line(log.unit);
  if (log.measure == Measure::kLogArea) return "log_area";
  return log.norm.empty() ? "radius" : radius_column(log.norm);
}

std::string mean_name(const RadiusLog& log) {
  if (!log.unit.empty()) return "mean " + log.unit;
  if (log.measure == Measure::kLogArea) return "mean of the correct";
  return log.norm.empty() || log.norm == "l2" ? "ACR"
                                              : fmt::format("ACR ({})", norm_symbol(log.norm));
}

bool has_acr(const RadiusLog& log) {
  return log.measure == Measure::kRadius && log.unit.empty() && log.of_images;
}

std::string unusual_values(const RadiusLog& log) {
  if (!log.unit.empty()) return log.unit;
  if (log.norm == "l2") return "";
  return log.norm.empty() ? log.column + " (in the units of the log)" : radius_label(log.norm);
}

std::string axis_label(std::span<const RadiusLog> logs) {
  std::vector<std::string> columns;
  std::set<std::string_view> norms;
  for (const RadiusLog& log : logs) {
    if (log.attack) continue;
    if (!log.unit.empty()) return log.unit;
    if (log.measure == Measure::kLogArea) return label_of_log_area(log.column);
    norms.insert(log.norm);
    const std::string column = log.column.empty() ? radius_column(log.norm) : log.column;
    if (std::ranges::find(columns, column) == columns.end()) columns.push_back(column);
  }
  if (norms.empty()) return kRadiusLabel;
  if (norms.size() == 1 && !norms.begin()->empty()) return radius_label(*norms.begin());
  return fmt::format("{} (in the units of the log)", fmt::join(columns, ", "));
}

}  // namespace certify
