#include "core/sweeps/results.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/curves/areas.h"
#include "core/curves/certified_accuracy.h"
#include "core/curves/comparability.h"
#include "core/curves/radii.h"
#include "core/methods/catalogue.h"
#include "core/report/logs/cohen_log.h"
#include "core/report/pages/run_figures.h"
#include "core/report/sources/reported_runs.h"
#include "core/report/tables/accuracy_tables.h"
#include "core/report/tables/text.h"
#include "core/report/tables/value_names.h"
#include "core/runs/manifest.h"
#include "core/runs/run_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

constexpr double kDown = 1 - 1e-15;  // more than the rounding of the few operations below

/// R = σ/2 · (second margin), and R is the radius of a majority of (1 + first margin)/2: solved for
/// the margin.
double distance(double radius, const Noise& noise, const std::string& x) {
  if (x == "second-margin") return 2 * radius / noise.sigma * kDown;
  if (x == "first-margin") {
    const Proportion at = noise.probability_at(radius);
    constexpr double kOfHalves = 4e-16;  // p and q are near ½, and rounded there
    return std::max(0.0, (at.p - at.q) * kDown - kOfHalves);
  }
  return radius;
}

bool is_area(const std::string& x) { return x == "log-area" || x == "log-volume"; }

std::string area_column(const std::string& x) {
  return x == "log-volume" ? "log_volume" : "log_area";
}

std::string label_of_x(const std::string& x) {
  if (x == "second-margin") return "second margin Φ⁻¹(p₁) − Φ⁻¹(p₂), a lower bound";
  if (x == "first-margin") return "first margin p₁ − p₂, a lower bound";
  if (is_area(x)) return label_of_log_area(area_column(x));
  if (x == "radius-l1") return "ℓ1 radius (in units of the [0,1] input)";
  if (x.starts_with("radius-")) return fmt::format("ℓ2 radius in channel {} alone", x.back());
  return ChartOptions().x_label;
}

/// The rows have areas where there was a map of sigma; of one sigma they follow from the radius.
/// Rows of a method of one radius count in other norms too: a move of ℓ1 norm r, or within one
/// channel, has at most ℓ2 norm r.
RadiusLog read_log(const ExperimentRun& run, std::span<const SweepJob> jobs, const fs::path& sweep,
                   const std::string& x) {
  const SweepJob& job = certify_job_of(run, jobs);
  const fs::path rows = sweep / job.result;
  const bool map = run.options.given("sigma_map");
  if (is_area(x) && map) return read_cohen_log(rows, area_column(x));
  if (is_area(x)) {
    return areas_of_balls(read_cohen_log(rows),
                          manifest_of(sweep / job.source).settings.shape.size(), x == "log-volume");
  }
  if (map && x.ends_with("-margin")) return read_cohen_log(rows, "radius_mahalanobis");
  const Method& method = find_method(run.options.text("method"));
  if (x.starts_with("radius-") && method.needs == SampleNeeds::kGradient) {
    return read_cohen_log(rows.parent_path() / recertified_radii_file(method.name),
                          "radius_" + x.substr(x.find('-') + 1));
  }
  return read_cohen_log(rows);
}

/// How the runs of an output are called in it; where x is an option, runs that differ only in x
/// share a name.
std::vector<std::string> names_in(const OutputSpec& output,
                                  const std::vector<const ExperimentRun*>& runs) {
  std::vector<std::string> differing = differing_options(runs);
  std::erase(differing, output.x);
  if (output.is_blanket()) {
    std::erase(differing, "sigma");
    std::erase(differing, "sigma_map");
  }
  std::vector<std::string> names;
  std::set<std::string> places;
  for (const ExperimentRun* run : runs) {
    std::string name = output.label.empty() ? describe(run->options, differing)
                                            : fill_pattern(output.label, run->name, run->options,
                                                           output.origin + "/label");
    if (output.is_blanket() && output.label.empty()) {
      const char* noise = run->options.given("sigma_map") ? "maps of σ" : "one σ";
      name = name.empty() ? noise : fmt::format("{}, {}", noise, name);
    }
    if (name.empty()) {
      name = output.over_an_option() ? run->options.text("method") : run->name;
    }
    const std::string column = output.over_an_option() ? run->options.text(output.x) : "";
    if (!output.is_blanket() && !places.insert(name + '\t' + column).second) {
      throw InputError("{}: two runs are called '{}'{}", output.origin, name,
                       column.empty() ? "" : " at " + column);
    }
    names.push_back(std::move(name));
  }
  return names;
}

/// Runs of one name are points of one curve.
std::vector<RadiusLog> blankets(const std::vector<RadiusLog>& logs) {
  std::vector<std::string> names;
  std::map<std::string, std::vector<RadiusLog>> groups;
  for (const RadiusLog& log : logs) {
    if (!groups.contains(log.name)) names.push_back(log.name);
    groups[log.name].push_back(log);
  }
  std::vector<RadiusLog> out;
  for (const std::string& name : names) out.push_back(blanket(groups.at(name), name));
  return out;
}

/// A row a name, a column a value of the option.
MarkedTable table_over_option(const OutputSpec& output,
                              const std::vector<const ExperimentRun*>& runs,
                              const std::vector<RadiusLog>& logs, Rounding rounding) {
  std::vector<std::string> columns, rows;
  const auto place = [](std::vector<std::string>& all, const std::string& one) {
    const auto found = std::find(all.begin(), all.end(), one);
    if (found == all.end()) all.push_back(one);
    return found == all.end() ? all.size() - 1 : static_cast<std::size_t>(found - all.begin());
  };
  for (std::size_t i = 0; i < runs.size(); ++i) {
    place(columns, runs[i]->options.text(output.x));
    place(rows, logs[i].name);
  }
  MarkedTable marked;
  marked.table.header = {output.x};
  marked.table.header.insert(marked.table.header.end(), columns.begin(), columns.end());
  for (const std::string& row : rows) {
    marked.table.rows.emplace_back(columns.size() + 1, "–");
    marked.table.rows.back().front() = row;
  }
  std::vector<std::vector<double>> values(rows.size(), std::vector<double>(columns.size(), -1));
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const CertifiedAccuracy curve(logs[i]);
    const std::size_t column = place(columns, runs[i]->options.text(output.x));
    const std::size_t row = place(rows, logs[i].name);
    const bool average = output.y == "average-radius";
    marked.table.rows[row][column + 1] =
        average ? rounded_share(curve.average_radius(), rounding)
                : rounded_share(curve.certified(output.at.front()), curve.images(), rounding);
    values[row][column] = std::stod(marked.table.rows[row][column + 1]);
  }
  if (compare(logs).sets == 1) mark_best(marked, values);
  return marked;
}

/// The options, under the names that a single run's report has for them, then the hashes of what
/// they named. A model goes by its name: where it lay is for the frozen sweep to know.
std::vector<std::pair<std::string, std::string>> settings_of(
    const ExperimentRun& run, const std::vector<std::pair<std::string, std::string>>& stored) {
  std::vector<std::pair<std::string, std::string>> settings;
  for (const OptionSpec& option : option_table()) {
    const std::string name(option.name);
    if (option.role == OptionRole::kPlace || run.options.text(name).empty()) continue;
    const bool certain = run.plan.method->certain;
    if (certain && (name == "alpha" || name == "n0")) continue;
    if (certain && name == "n") {
      settings.emplace_back(name, fmt::format("{}", run.plan.settings.n));
      continue;
    }
    settings.emplace_back(name == "sigma"    ? "σ"
                          : name == "lambda" ? "λ"
                          : name == "alpha"  ? "α"
                                             : name,
                          short_value(run.options, name));
  }
  for (const auto& [name, value] : stored) {
    // Not that of the samples, whose records hold times.
    if (name == "data sha256" || name == "model sha256") settings.emplace_back(name, value);
  }
  return settings;
}

}  // namespace

void check_output(const OutputSpec& output, const std::vector<ExperimentRun>& runs) {
  const std::vector<const ExperimentRun*> chosen = runs_of(output, runs);
  names_in(output, chosen);
  const auto proves_l2 = [](const ExperimentRun* run) {
    return run->plan.settings.noise_value().family->norm == "l2";
  };
  const bool all = std::ranges::all_of(chosen, proves_l2);
  if ((is_area(output.x) || output.x == "second-margin") && !all) {
    throw InputError("{}: {} is of l2 radii, and the noise of a run proves others", output.origin,
                     output.x);
  }
  const bool of_any_norm = output.x.starts_with("radius-") || output.x == "first-margin";
  if (!of_any_norm && !all && std::ranges::any_of(chosen, proves_l2)) {
    throw InputError(
        "{}: has l1 radii of some runs and l2 radii of others, which do not compare; \"x\": "
        "\"radius-l1\" brings all to one norm",
        output.origin);
  }
}

ReportOutput make_output(const OutputSpec& output, const std::vector<ExperimentRun>& all,
                         std::span<const SweepJob> jobs, const fs::path& sweep, Rounding rounding) {
  const std::vector<const ExperimentRun*> runs = runs_of(output, all);
  const std::vector<std::string> names = names_in(output, runs);
  ReportOutput out{output.name, output.title.empty() ? output.name : output.title, output.caption,
                   label_of_x(output.x)};
  std::vector<RadiusLog> logs;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    logs.push_back(read_log(*runs[i], jobs, sweep, output.x));
    logs.back().name = names[i];
    const Manifest source = manifest_of(sweep / certify_job_of(*runs[i], jobs).source);
    logs.back().dataset = source.settings.dataset;
    logs.back().dataset_sha256 = source.settings.dataset_sha256;
    if (is_area(output.x)) continue;
    Noise noise = source.settings.noise_value();
    if (runs[i]->options.given("sigma_map")) noise.sigma = 1;  // margins are in units of the noise
    for (RadiusRow& row : logs.back().rows) row.radius = distance(row.radius, noise, output.x);
    if (output.x.ends_with("-margin")) logs.back().norm.clear();  // no radii any more
    if (output.x == "radius-l1") logs.back() = in_norm(std::move(logs.back()), "l1");
    logs.back().dimension = source.settings.shape.size();
    if (output.x.starts_with("radius-") && output.x != "radius-l1" && logs.back().norm == "l1") {
      logs.back() = in_norm(std::move(logs.back()), "l2");
    }
  }
  if (output.x == "radius") out.x_label = axis_label(logs);
  if (output.is_blanket()) {
    out.logs = blankets(logs);
    out.y_label = kBlanketLabel;
  } else if (output.kind == OutputKind::kFigure) {
    out.logs = std::move(logs);
  } else if (output.over_an_option()) {
    out.table = table_over_option(output, runs, logs, rounding);
  } else {
    const std::vector<double> at = output.at.empty() ? default_radii(logs) : output.at;
    out.table = accuracy_table(
        logs, at,
        {.corner = (output.x == "radius" ? value_name(logs.front()) : output.x) + " ≥",
         .average = output.has_average(),
         .rounding = rounding});
  }
  return out;
}

std::vector<ReportedRun> read_runs(const std::vector<ExperimentRun>& runs,
                                   std::span<const SweepJob> jobs, const fs::path& sweep) {
  std::vector<ReportedRun> out;
  for (const ExperimentRun& run : runs) {
    const SweepJob& job = certify_job_of(run, jobs);
    const fs::path rows = sweep / job.result;
    if (!fs::exists(rows)) continue;
    std::vector<ReportedRun> read = read_reported_runs(rows.parent_path(), sweep / job.source);
    out.push_back(std::move(read.front()));
    out.back().log.name = run.name;
    out.back().settings = settings_of(run, out.back().settings);
    // A sweep's files are the same whenever, wherever and in how many pieces it was done.
    for (RadiusRow& row : out.back().log.rows) row.seconds = 0;
  }
  return out;
}

}  // namespace certify
