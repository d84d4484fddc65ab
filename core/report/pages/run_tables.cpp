#include "core/report/pages/run_tables.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/curves/certified_accuracy.h"
#include "core/curves/radii.h"
#include "core/report/tables/accuracy_tables.h"
#include "core/report/tables/value_names.h"

namespace certify {
namespace {

constexpr std::string_view kBaseline = "cohen";
constexpr const char* kBestInBold = "Best of a column, among runs on the same images, in bold.";

/// A run that was named is everybody's baseline; a method's run only that of runs like it.
std::vector<std::optional<std::size_t>> baselines_of(std::span<const ReportedRun> runs,
                                                     const std::string& typed) {
  std::vector<std::optional<std::size_t>> baselines(runs.size());
  bool found = typed.empty();
  for (std::size_t b = 0; b < runs.size(); ++b) {
    const bool by_name = !typed.empty() && runs[b].log.name == typed;
    if (!by_name && !has_method(runs[b].log, typed.empty() ? kBaseline : typed)) continue;
    found = true;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const bool alike =
          by_name || (!runs[i].comparable.empty() && runs[i].comparable == runs[b].comparable);
      if (i == b || baselines[i] || !alike) continue;
      if (same_images(runs[i].log, runs[b].log)) baselines[i] = b;
    }
  }
  if (!found) throw InputError("baseline '{}': no run and no method has it", typed);
  return baselines;
}

ReportOutput table_output(const char* name, const char* title, const std::string& caption,
                          MarkedTable table) {
  ReportOutput output{name, title, caption};
  output.table = std::move(table);
  return output;
}

/// @param what  how the table shows them
std::string bounds_caption(std::string_view what, double rho) {
  return fmt::format(
      " {}: lower bounds, rounded down, on the share of these images that really are robust and "
      "correct. Each holds by itself with probability {}, not all at once; noise must be "
      "independent across images.",
      what, 1 - rho);
}

ReportOutput table_of_one(const RadiusLog& log, const std::vector<double>& at,
                          const RunsReportOptions& options) {
  TextTable table = bounds_table(log, at, options.rho, options.rounding);
  const bool bounds = table.header.size() > 3;
  // accuracy.tsv has no heading that would say it.
  for (std::size_t c = 3; c < table.header.size(); ++c) table.header[c] += rho_suffix(options.rho);
  return table_output(
      "accuracy", "Certified accuracy",
      rounding_note(options.rounding) +
          (bounds ? bounds_caption("Theorem 5, exact", options.rho) : std::string()),
      {std::move(table), {}});
}

}  // namespace

std::string table_caption(Rounding rounding, bool average) {
  std::string caption = fmt::format("{} {}", rounding_note(rounding), kBestInBold);
  if (average) caption += fmt::format(" {}", kCarryNote);
  return caption;
}

std::vector<ReportOutput> tables_of(std::span<const ReportedRun> runs,
                                    const RunsReportOptions& options) {
  std::vector<RadiusLog> logs;
  for (const ReportedRun& run : runs) logs.push_back(run.log);
  const std::vector<double> at = options.radii.empty() ? default_radii(logs) : options.radii;
  if (logs.size() == 1) return {table_of_one(logs[0], at, options)};
  const AccuracyTableOptions how{
      .corner = value_name(logs.front()) + " ≥", .rho = options.rho, .rounding = options.rounding};
  std::string caption = table_caption(options.rounding, has_acr(logs.front()));
  if (options.rho > 0 && std::ranges::any_of(logs, has_band)) {
    caption += bounds_caption("Under an accuracy, after ≥", options.rho);
  }
  std::vector<ReportOutput> outputs;
  outputs.push_back(
      table_output("accuracy", "Certified accuracy", caption, accuracy_table(logs, at, how)));
  MarkedTable gain = gain_table(logs, baselines_of(runs, options.baseline), at, how);
  if (!gain.table.rows.empty()) {
    outputs.push_back(table_output("gain", "Gain over the baseline",
                                   "Differences of certified accuracy on the same images. " +
                                       table_caption(options.rounding, false),
                                   std::move(gain)));
  }
  return outputs;
}

}  // namespace certify
