#include "core/report/pages/runs_report.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/curves/certified_accuracy.h"
#include "core/curves/radii.h"
#include "core/methods/catalogue.h"
#include "core/report/pages/run_figures.h"
#include "core/report/tables/accuracy_tables.h"
#include "core/report/tables/text.h"
#include "core/report/tables/value_names.h"

namespace certify {
namespace {

constexpr std::size_t kMostColumns = 6;  // of settings, in the table of runs
constexpr std::size_t kHashDigits = 12;  // enough to tell hashes apart by eye
constexpr std::string_view kBaseline = "cohen";

std::vector<RadiusLog> logs_of(std::span<const ReportedRun> runs) {
  std::vector<RadiusLog> logs;
  for (const ReportedRun& run : runs) logs.push_back(run.log);
  return logs;
}

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

std::string bounds_caption(double rho) {
  return fmt::format(
      "Lower bounds on the share of these images that really are robust and correct. Each holds by "
      "itself with probability {}, not all at once; noise must be independent across images.",
      1 - rho);
}

std::vector<ReportOutput> tables_of(std::span<const ReportedRun> runs,
                                    const std::vector<RadiusLog>& logs,
                                    const RunsReportOptions& options) {
  const std::vector<double> at = options.radii.empty() ? default_radii(logs) : options.radii;
  std::vector<ReportOutput> outputs;
  if (logs.size() == 1) {
    const bool bounds = options.rho > 0 && has_band(logs[0]);
    TextTable table = bounds_table(logs[0], at, options.rho);
    // accuracy.tsv has no heading that would say it.
    for (std::size_t c = 3; c < table.header.size(); ++c)
      table.header[c] += rho_suffix(options.rho);
    outputs.push_back(table_output(
        "accuracy", "Certified accuracy",
        "Rounded down. " + (bounds ? "Theorem 5, exact: " + bounds_caption(options.rho) : ""),
        {std::move(table), {}}));
    return outputs;
  }
  const std::string corner = value_name(logs.front()) + " ≥";
  outputs.push_back(table_output("accuracy", "Certified accuracy", kTableCaption,
                                 accuracy_table(logs, at, corner, true)));
  const MarkedTable gain = gain_table(logs, baselines_of(runs, options.baseline), at, corner);
  if (!gain.table.rows.empty()) {
    outputs.push_back(table_output("gain", "Gain over the baseline",
                                   "Differences of certified accuracy on the same images, rounded "
                                   "down. Best of a column in bold.",
                                   gain));
  }
  if (options.rho == 0) return outputs;
  const MarkedTable bounds = exact_bound_table(logs, at, options.rho, corner);
  if (!bounds.table.rows.empty()) {
    outputs.push_back(table_output("bounds", "Certified accuracy, with confidence",
                                   bounds_caption(options.rho), bounds));
  }
  return outputs;
}

/// Settings in the order in which they are first met, and each run's value or "".
struct SettingTable {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> values;  ///< by name, then by run

  explicit SettingTable(std::span<const ReportedRun> runs) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
      for (const auto& [name, value] : runs[i].settings) {
        const auto at = std::find(names.begin(), names.end(), name);
        const auto place = static_cast<std::size_t>(at - names.begin());
        if (at == names.end()) {
          names.push_back(name);
          values.emplace_back(runs.size());
        }
        values[place][i] = value;
      }
    }
  }
  bool shared(std::size_t name) const {
    return std::all_of(values[name].begin(), values[name].end(),
                       [&](const std::string& value) { return value == values[name].front(); });
  }
  std::string common(std::string_view name) const {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == name && shared(i)) return values[i].front();
    }
    return "";
  }
};

std::string mean_log_area(const ReportedRun& run) {
  const auto areas = log_areas_of(run);
  return areas ? rounded_down(CertifiedAccuracy(*areas).average_radius()) : "–";
}

void describe_settings(Report& report, std::span<const ReportedRun> runs) {
  const SettingTable settings(runs);
  std::vector<std::size_t> differing;
  for (std::size_t i = 0; i < settings.names.size(); ++i) {
    if (settings.shared(i)) {
      report.settings.emplace_back(settings.names[i], settings.values[i].front());
    } else {
      differing.push_back(i);
    }
  }
  report.alpha = settings.common("α");
  report.sigma = settings.common("σ");
  report.input = settings.common("input");
  if (runs.size() < 2) return;  // the tiles of one say the rest
  if (differing.size() > kMostColumns) {
    for (std::size_t run = 0; run < runs.size(); ++run) {
      auto& [name, values] =
          report.settings_by_run.emplace_back(runs[run].log.name, ReportSettings());
      for (const std::size_t i : differing) {
        if (settings.values[i][run].empty()) continue;
        values.emplace_back(settings.names[i], settings.values[i][run]);
      }
    }
    differing.clear();
  }
  TextTable& table = report.runs.table;
  table.header = {"run", "images", "correct", "abstained", mean_name(runs.front().log)};
  const bool areas = std::any_of(runs.begin(), runs.end(),
                                 [](const ReportedRun& run) { return run.areas.has_value(); });
  if (areas) table.header.emplace_back("mean log area");
  for (const std::size_t i : differing) table.header.push_back(settings.names[i]);
  for (std::size_t run = 0; run < runs.size(); ++run) {
    const CertifiedAccuracy curve(runs[run].log);
    std::vector<std::string> row{
        runs[run].log.name, fmt::format("{}", curve.images()), fmt::format("{}", curve.correct()),
        fmt::format("{}", curve.abstained()), share_rounded_down(curve.average_radius())};
    if (areas) row.push_back(mean_log_area(runs[run]));
    for (const std::size_t i : differing) {
      const bool hash = settings.names[i].ends_with("sha256");
      row.push_back(settings.values[i][run].substr(0, hash ? kHashDigits : std::string::npos));
    }
    table.rows.push_back(std::move(row));
  }
}

std::vector<ReportTile> tiles_of(const ReportedRun& run) {
  const CertifiedAccuracy curve(run.log);
  std::vector<ReportTile> tiles{
      {fmt::format("{}", curve.images()), "images"},
      {share_rounded_down(curve.correct(), curve.images()), "smoothed accuracy"},
      {fmt::format("{}", curve.abstained()), "abstained"},
      {share_rounded_down(curve.average_radius()),
       run.log.unit.empty() ? "average radius (ACR)" : mean_name(run.log)}};
  if (run.areas) tiles.push_back({mean_log_area(run), "mean log certified area of the correct"});
  return tiles;
}

bool is_on_scores(const std::string& name) {
  const auto& all = all_methods();
  const auto found = std::ranges::find(all, name, &Method::name);
  return found != all.end() &&
         ((*found)->needs == SampleNeeds::kTrace || (*found)->needs == SampleNeeds::kHistogram);
}

std::vector<ReportMethod> methods_of(std::span<const ReportedRun> runs) {
  std::set<std::string> names;
  for (const ReportedRun& run : runs) names.insert(run.log.methods.begin(), run.log.methods.end());
  std::vector<ReportMethod> methods;
  for (const Method* method : all_methods()) {
    if (names.erase(std::string(method->name)) == 0) continue;
    methods.push_back(
        {std::string(method->name), std::string(method->source), std::string(method->guarantee)});
  }
  for (const std::string& name : names) {
    methods.push_back({name, "not a method of this program", "What its authors say."});
  }
  return methods;
}

}  // namespace

std::vector<ReportOutput> outputs_of(std::span<const ReportedRun> runs,
                                     const RunsReportOptions& options) {
  std::vector<ReportOutput> outputs = figures_of(runs, options);
  std::ranges::move(tables_of(runs, logs_of(runs), options), std::back_inserter(outputs));
  return outputs;
}

Report describe_runs(std::span<const ReportedRun> runs, const RunsReportOptions& options) {
  Report report;
  report.title = options.title;
  for (const ReportedRun& run : runs) {
    const std::string who = runs.size() > 1 ? run.log.name + ": " : "";
    for (const std::string& finding : run.findings) report.findings.push_back(who + finding);
    for (const std::string& warning : run.warnings) report.warnings.push_back(who + warning);
    report.other_regions |= run.areas || !run.radii.empty();
    report.images.push_back({run.log.name, run.log.rows});
    if (report.class_names.empty()) report.class_names = run.class_names;
    if (report.class_names != run.class_names && !run.class_names.empty()) {
      report.warnings.push_back(who + "has other classes than the first run");
    }
  }
  report.of_scores = std::ranges::any_of(runs, [](const ReportedRun& run) {
    return std::ranges::any_of(run.log.methods, is_on_scores);
  });
  report.of_votes = std::ranges::any_of(runs, [](const ReportedRun& run) {
    return run.log.methods.empty() || !std::ranges::all_of(run.log.methods, is_on_scores);
  });
  if (!runs.empty()) {
    report.value = value_name(runs[0].log);
    report.unusual_values = unusual_values(runs[0].log);
  }
  if (runs.size() == 1) report.tiles = tiles_of(runs[0]);
  describe_settings(report, runs);
  report.methods = methods_of(runs);
  return report;
}

Report runs_report(std::span<const ReportedRun> runs, const RunsReportOptions& options) {
  Report report = describe_runs(runs, options);
  report.outputs = outputs_of(runs, options);
  return report;
}

}  // namespace certify
