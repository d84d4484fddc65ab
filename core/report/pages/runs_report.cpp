#include "core/report/pages/runs_report.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/curves/certified_accuracy.h"
#include "core/curves/comparability.h"
#include "core/methods/catalogue.h"
#include "core/report/pages/run_figures.h"
#include "core/report/pages/run_tables.h"
#include "core/report/tables/text.h"
#include "core/report/tables/value_names.h"

namespace certify {
namespace {

constexpr const char* kCarryTile = "top 10 % carry (of the ACR)";
constexpr std::size_t kMostColumns = 6;  // of settings, in the table of runs
constexpr std::size_t kHashDigits = 12;  // enough to tell hashes apart by eye

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

std::string mean_log_area(const ReportedRun& run, Rounding rounding) {
  const auto areas = log_areas_of(run);
  return areas ? rounded(CertifiedAccuracy(*areas).average_radius(), rounding) : "–";
}

/// What differs, run by run: more than there is room for in a table.
void list_settings_by_run(Report& report, std::span<const ReportedRun> runs,
                          const SettingTable& settings, const std::vector<std::size_t>& differing) {
  for (std::size_t run = 0; run < runs.size(); ++run) {
    auto& [name, values] =
        report.settings_by_run.emplace_back(runs[run].log.name, ReportSettings());
    for (const std::size_t i : differing) {
      if (settings.values[i][run].empty()) continue;
      values.emplace_back(settings.names[i], settings.values[i][run]);
    }
  }
}

/// A row a run: what its images say of it, and what tells it from the others.
TextTable table_of_runs(std::span<const ReportedRun> runs, const Comparability& comparable,
                        const SettingTable& settings, const std::vector<std::size_t>& differing,
                        Rounding rounding) {
  const bool acr = has_acr(runs.front().log);
  const bool areas =
      std::ranges::any_of(runs, [](const ReportedRun& run) { return run.areas.has_value(); });
  TextTable table{{"run", "images", "correct", "abstained", mean_name(runs.front().log)}, {}};
  if (acr) table.header.emplace_back(kCarryHeading);
  if (areas) table.header.emplace_back("mean log area");
  if (!comparable.one_alpha) table.header.emplace_back("α");
  for (const std::size_t i : differing) table.header.push_back(settings.names[i]);
  for (std::size_t run = 0; run < runs.size(); ++run) {
    const CertifiedAccuracy curve(runs[run].log);
    std::vector<std::string> row{
        comparable.name_with_set(runs[run].log, run), fmt::format("{}", curve.images()),
        fmt::format("{}", curve.correct()), fmt::format("{}", curve.abstained()),
        rounded_share(curve.average_radius(), rounding)};
    if (acr) row.push_back(carried_share(curve, rounding));
    if (areas) row.push_back(mean_log_area(runs[run], rounding));
    if (!comparable.one_alpha) row.push_back(comparable.alphas[run]);
    for (const std::size_t i : differing) {
      const bool hash = settings.names[i].ends_with("sha256");
      row.push_back(settings.values[i][run].substr(0, hash ? kHashDigits : std::string::npos));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

void describe_settings(Report& report, std::span<const ReportedRun> runs,
                       const Comparability& comparable, Rounding rounding) {
  const SettingTable settings(runs);
  std::vector<std::size_t> differing;
  for (std::size_t i = 0; i < settings.names.size(); ++i) {
    if (settings.shared(i)) {
      report.settings.emplace_back(settings.names[i], settings.values[i].front());
    } else if (settings.names[i] != "α" || comparable.one_alpha) {  // else it has a column
      differing.push_back(i);
    }
  }
  report.alpha = settings.common("α");
  report.sigma = settings.common("σ");
  report.input = settings.common("input");
  if (runs.size() < 2) return;  // the tiles of one say the rest
  if (differing.size() > kMostColumns) {
    list_settings_by_run(report, runs, settings, differing);
    differing.clear();
  }
  report.runs.table = table_of_runs(runs, comparable, settings, differing, rounding);
}

/// What logs without a run say of their noise is their norm: others prove ℓ2 radii by Gaussian
/// noise.
void describe_noise(Report& report, std::span<const ReportedRun> runs) {
  std::vector<std::string_view> names;
  report.certain = true;
  const std::string usual = Report().noise;
  for (const ReportedRun& run : runs) {
    const std::string_view unknown = run.log.norm == "l2" ? std::string_view(usual) : "noise";
    const std::string_view name = run.noise != nullptr ? run.noise->described : unknown;
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    report.levels_only |= run.noise != nullptr && run.noise->levels_only;
    report.certain &= run.noise != nullptr && run.noise->all_samples != nullptr;
  }
  report.noise = fmt::format("{}", fmt::join(names, " or "));
}

std::vector<ReportTile> tiles_of(const ReportedRun& run, Rounding rounding) {
  const CertifiedAccuracy curve(run.log);
  std::vector<ReportTile> tiles{
      {fmt::format("{}", curve.images()), "images"},
      {rounded_share(curve.correct(), curve.images(), rounding), "smoothed accuracy"},
      {fmt::format("{}", curve.abstained()), "abstained"},
      {rounded_share(curve.average_radius(), rounding),
       run.log.unit.empty() ? fmt::format("average {} (ACR)", value_name(run.log))
                            : mean_name(run.log)}};
  if (const std::string carried = carried_share(curve, rounding);
      has_acr(run.log) && !carried.empty()) {
    tiles.push_back({carried, kCarryTile});
  }
  if (run.areas)
    tiles.push_back({mean_log_area(run, rounding), "mean log certified area of the correct"});
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
  std::vector<ReportOutput> tables = tables_of(runs, options);
  tables.push_back(distribution_figure(runs));
  // Behind the first figure, of the same numbers.
  outputs.insert(outputs.begin() + 1, std::make_move_iterator(tables.begin()),
                 std::make_move_iterator(tables.end()));
  for (ReportOutput& output : outputs) output.rounding = options.rounding;
  return outputs;
}

Report describe_runs(std::span<const ReportedRun> runs, const RunsReportOptions& options) {
  Report report;
  bool one_list_of_classes = true;
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
      one_list_of_classes = false;
    }
  }
  std::vector<RadiusLog> logs;
  for (const ReportedRun& run : runs) logs.push_back(run.log);
  const Comparability comparable = compare(logs);
  report.warnings.insert(report.warnings.begin(), comparable.warnings.begin(),
                         comparable.warnings.end());
  // The names of one data set's classes say nothing of another's.
  if (!one_list_of_classes) report.class_names.clear();
  report.of_scores = std::ranges::any_of(runs, [](const ReportedRun& run) {
    return std::ranges::any_of(run.log.methods, is_on_scores);
  });
  report.of_votes = std::ranges::any_of(runs, [](const ReportedRun& run) {
    return run.log.methods.empty() || !std::ranges::all_of(run.log.methods, is_on_scores);
  });
  if (!runs.empty()) {
    report.value = value_name(runs[0].log);
    const RadiusLog& log = runs[0].log;
    if (!log.unit.empty() || log.norm.empty()) report.unusual_values = unusual_values(log);
    report.norm = log.norm;
    describe_noise(report, runs);
  }
  if (runs.size() == 1) {
    report.tiles = tiles_of(runs[0], options.rounding);
    report.tiles_note = rounding_note(options.rounding);
    if (has_acr(runs[0].log)) report.tiles_note += fmt::format(" {}", kCarryNote);
  }
  describe_settings(report, runs, comparable, options.rounding);
  report.methods = methods_of(runs);
  return report;
}

Report runs_report(std::span<const ReportedRun> runs, const RunsReportOptions& options) {
  Report report = describe_runs(runs, options);
  report.outputs = outputs_of(runs, options);
  return report;
}

}  // namespace certify
