#include "core/report/tables/value_names.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace certify {

std::string label_of_log_area(std::string_view column) {
  return column == "log_volume" ? "ln of the certified volume"
                                : "log certified area O_CA = Σ ln σᵢ + D ln R";
}

std::string value_name(const RadiusLog& log) {
  if (!log.unit.empty()) return log.unit;
  return log.measure == Measure::kLogArea ? "log area" : "radius";
}

std::string mean_name(const RadiusLog& log) {
  if (!log.unit.empty()) return "mean " + log.unit;
  return log.measure == Measure::kLogArea ? "mean of the correct" : "ACR";
}

bool has_acr(const RadiusLog& log) {
  return log.measure == Measure::kRadius && log.unit.empty() && log.of_images;
}

std::string unusual_values(const RadiusLog& log) {
  if (!log.unit.empty()) return log.unit;
  return is_column_of_l2_radii(log.column) ? "" : log.column + " (in the units of the log)";
}

std::string axis_label(std::span<const RadiusLog> logs) {
  std::vector<std::string> columns;
  for (const RadiusLog& log : logs) {
    if (log.attack) continue;
    if (!log.unit.empty()) return log.unit;
    if (log.measure == Measure::kLogArea) return label_of_log_area(log.column);
    const bool met = std::ranges::find(columns, log.column) != columns.end();
    if (!met) columns.push_back(log.column);
  }
  if (std::ranges::all_of(columns, is_column_of_l2_radii)) return kRadiusLabel;
  return fmt::format("{} (in the units of the log)", fmt::join(columns, ", "));
}

}  // namespace certify
