#include "core/sweeps/results.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/curves/certified_accuracy.h"
#include "core/curves/radii.h"
#include "core/methods/catalogue.h"
#include "core/report/figures/svg.h"
#include "core/report/logs/cohen_log.h"
#include "core/report/tables/curve_tsv.h"
#include "core/report/tables/text.h"
#include "core/stats/normal.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

constexpr double kDown = 1 - 1e-15;  // more than the rounding of the few operations below

/// R = σ/2 · (second margin) = σ Φ⁻¹((1 + first margin)/2), solved for the margin.
double distance(double radius, double sigma, const std::string& x) {
  if (x == "second-margin") return 2 * radius / sigma * kDown;
  if (x == "first-margin") {
    const NormalTails tails = normal_cdf(radius / sigma);
    return std::max(0.0, (tails.below - tails.above) * kDown);
  }
  return radius;
}

std::string label_of_x(const std::string& x) {
  if (x == "second-margin") return "second margin Φ⁻¹(p₁) − Φ⁻¹(p₂), a lower bound";
  if (x == "first-margin") return "first margin p₁ − p₂, a lower bound";
  if (x == "radius-l1") return "ℓ1 radius (in units of the [0,1] input)";
  if (x.starts_with("radius-")) return fmt::format("ℓ2 radius in channel {} alone", x.back());
  return ChartOptions().x_label;
}

const SweepJob& job_of(const ExperimentRun& run, std::span<const SweepJob> jobs) {
  const std::string id = "certify-" + run.name;
  return *std::find_if(jobs.begin(), jobs.end(), [&](const SweepJob& job) { return job.id == id; });
}

/// Rows of a method of one radius count in other norms too: a move of ℓ1 norm r, or within one
/// channel, has at most ℓ2 norm r.
RadiusLog read_log(const ExperimentRun& run, std::span<const SweepJob> jobs, const fs::path& sweep,
                   const std::string& x) {
  const fs::path rows = sweep / job_of(run, jobs).result;
  const Method& method = find_method(run.options.text("method"), Unsound::kAllow);
  const bool other = x.starts_with("radius-") && method.needs == SampleNeeds::kGradient;
  const fs::path radii = rows.parent_path() / fmt::format("radii-{}.tsv", method.name);
  RadiusLog log =
      other ? read_cohen_log(radii, {.radius_column = "radius_" + x.substr(x.find('-') + 1)})
            : read_cohen_log(rows);
  log.name = run.name;
  log.unsound = !method.sound;
  return log;
}

/// How the runs of an output are called in it; where x is an option, runs that differ only in x
/// share a name.
std::vector<std::string> names_in(const OutputSpec& output,
                                  const std::vector<const ExperimentRun*>& runs) {
  std::vector<std::string> differing = differing_options(runs);
  std::erase(differing, output.x);
  std::vector<std::string> names;
  std::set<std::string> places;
  for (const ExperimentRun* run : runs) {
    std::string name = output.label.empty() ? describe(run->options, differing)
                                            : fill_pattern(output.label, run->name, run->options,
                                                           output.origin + "/label");
    if (name.empty()) {
      name = output.over_an_option() ? run->options.text("method") : run->name;
    }
    const std::string column = output.over_an_option() ? run->options.text(output.x) : "";
    if (!places.insert(name + '\t' + column).second) {
      throw InputError(fmt::format("{}: two runs are called '{}'{}", output.origin, name,
                                   column.empty() ? "" : " at " + column));
    }
    names.push_back(std::move(name));
  }
  return names;
}

/// Marks the largest of each column as printed, ties and all. Unsound rows and empty cells are no
/// candidates.
std::vector<std::vector<bool>> best_of(const std::vector<std::vector<double>>& values) {
  std::vector<std::vector<bool>> best(values.size());
  for (std::size_t row = 0; row < values.size(); ++row) {
    best[row].assign(values[row].size() + 1, false);  // the first cell is the row's name
    for (std::size_t column = 0; column < values[row].size(); ++column) {
      double most = 0;
      for (const auto& other : values) most = std::max(most, other[column]);
      best[row][column + 1] = values[row][column] > 0 && values[row][column] == most;
    }
  }
  return best;
}

/// A row a run, a column a radius or margin, and for radii their average.
MarkedTable table_over_distance(const OutputSpec& output, const std::vector<RadiusLog>& logs) {
  const std::vector<CertifiedAccuracy> curves(logs.begin(), logs.end());
  const std::vector<double> at = output.at.empty() ? default_radii(curves) : output.at;
  const bool average = output.x.starts_with("radius");
  MarkedTable marked;
  marked.table.header = {output.x + " ≥"};
  for (const std::string& text : aligned_decimals(at)) marked.table.header.push_back(text);
  if (average) marked.table.header.emplace_back("ACR");
  std::vector<std::vector<double>> values;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    std::vector<std::string> row{marked_name(logs[i])};
    std::vector<double> numbers;
    for (const double r : at) {
      row.push_back(share_rounded_down(curves[i].certified(r), curves[i].images()));
      numbers.push_back(std::stod(row.back()));
    }
    if (average) {
      row.push_back(fmt::format("{:.3f}", curves[i].average_radius()));
      numbers.push_back(std::stod(row.back()));
    }
    if (logs[i].unsound) numbers.assign(numbers.size(), -1);
    values.push_back(std::move(numbers));
    marked.table.rows.push_back(std::move(row));
  }
  marked.best = best_of(values);
  return marked;
}

/// A row a name, a column a value of the option.
MarkedTable table_over_option(const OutputSpec& output,
                              const std::vector<const ExperimentRun*>& runs,
                              const std::vector<RadiusLog>& logs) {
  std::vector<std::string> columns, rows;
  const auto place = [](std::vector<std::string>& all, const std::string& one) {
    const auto found = std::find(all.begin(), all.end(), one);
    if (found == all.end()) all.push_back(one);
    return found == all.end() ? all.size() - 1 : static_cast<std::size_t>(found - all.begin());
  };
  for (std::size_t i = 0; i < runs.size(); ++i) {
    place(columns, runs[i]->options.text(output.x));
    place(rows, marked_name(logs[i]));
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
    const std::size_t row = place(rows, marked_name(logs[i]));
    const bool average = output.y == "average-radius";
    marked.table.rows[row][column + 1] =
        average ? fmt::format("{:.3f}", curve.average_radius())
                : share_rounded_down(curve.certified(output.at.front()), curve.images());
    if (!logs[i].unsound) values[row][column] = std::stod(marked.table.rows[row][column + 1]);
  }
  marked.best = best_of(values);
  return marked;
}

}  // namespace

void check_output(const OutputSpec& output, const std::vector<ExperimentRun>& runs) {
  names_in(output, runs_of(output, runs));
}

ReportOutput make_output(const OutputSpec& output, const std::vector<ExperimentRun>& all,
                         std::span<const SweepJob> jobs, const fs::path& sweep) {
  const std::vector<const ExperimentRun*> runs = runs_of(output, all);
  const std::vector<std::string> names = names_in(output, runs);
  ReportOutput out{output.name, output.title.empty() ? output.name : output.title, output.caption,
                   label_of_x(output.x)};
  std::vector<RadiusLog> logs;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    logs.push_back(read_log(*runs[i], jobs, sweep, output.x));
    logs.back().name = names[i];
    const double sigma = runs[i]->options.number("sigma");
    for (RadiusRow& row : logs.back().rows) row.radius = distance(row.radius, sigma, output.x);
  }
  if (output.kind == OutputKind::kFigure) {
    out.logs = std::move(logs);
  } else if (output.over_an_option()) {
    out.table = table_over_option(output, runs, logs);
  } else {
    out.table = table_over_distance(output, logs);
  }
  return out;
}

void write_output(const ReportOutput& output, const fs::path& sweep) {
  const std::string file = (sweep / output.name).string();
  if (output.logs.empty()) {
    replace_file(file + ".tsv", tsv_table(output.table.table));
    replace_file(file + ".md", markdown_table(output.table));
    return;
  }
  replace_file(file + ".tsv", curve_tsv(output.logs));
  replace_file(file + ".svg",
               curve_svg(output.logs, {.title = output.title, .x_label = output.x_label}));
}

SweepReport describe_sweep(const Experiment& experiment, const std::vector<ExperimentRun>& runs,
                           std::span<const SweepJob> jobs, const fs::path& sweep) {
  SweepReport report;
  report.title = experiment.title.empty() ? experiment.name : experiment.title;
  report.description = experiment.description;
  std::vector<const ExperimentRun*> all;
  for (const ExperimentRun& run : runs) all.push_back(&run);
  const std::vector<std::string> differing = differing_options(all);
  report.runs.header = {"run"};
  for (const std::string& option : differing) report.runs.header.push_back(option);
  for (const char* column : {"images", "correct", "abstained", "ACR"}) {
    report.runs.header.emplace_back(column);
  }
  std::set<std::string> methods;
  for (const ExperimentRun& run : runs) {
    methods.insert(run.options.text("method"));
    if (!fs::exists(sweep / job_of(run, jobs).result)) continue;
    const CertifiedAccuracy curve(read_log(run, jobs, sweep, "radius"));
    std::vector<std::string> row{run.name};
    for (const std::string& option : differing) row.push_back(short_value(run.options, option));
    row.push_back(fmt::format("{}", curve.images()));
    row.push_back(fmt::format("{}", curve.correct()));
    row.push_back(fmt::format("{}", curve.abstained()));
    row.push_back(fmt::format("{:.3f}", curve.average_radius()));
    report.runs.rows.push_back(std::move(row));
  }
  for (const Method* method : all_methods()) {
    if (!methods.contains(std::string(method->name))) continue;
    report.methods.push_back({std::string(method->name), std::string(method->source),
                              std::string(method->guarantee), method->sound});
  }
  for (const OptionSpec& option : option_table()) {
    const std::string name(option.name);
    const bool varies = std::find(differing.begin(), differing.end(), name) != differing.end();
    if (varies || option.role == OptionRole::kPlace || runs.front().options.text(name).empty()) {
      continue;
    }
    // A model goes by its name: where it lay is for the frozen sweep to know.
    report.settings.emplace_back(name, short_value(runs.front().options, name));
  }
  return report;
}

}  // namespace certify
