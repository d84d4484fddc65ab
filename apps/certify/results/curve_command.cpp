#include "apps/certify/commands.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "apps/certify/options/norm_option.h"
#include "apps/certify/options/unit_option.h"
#include "apps/certify/results/curve_logs.h"
#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/curves/areas.h"
#include "core/curves/certified_accuracy.h"
#include "core/curves/radii.h"
#include "core/methods/counts/enumerated.h"
#include "core/report/figures/figure_file.h"
#include "core/report/figures/svg.h"
#include "core/report/logs/cohen_log.h"
#include "core/report/pages/run_figures.h"
#include "core/report/sources/reported_runs.h"
#include "core/report/tables/accuracy_tables.h"
#include "core/report/tables/curve_tsv.h"
#include "core/report/tables/table.h"
#include "core/report/tables/text.h"
#include "core/report/tables/value_names.h"

namespace certify {
namespace {

struct CurveOptions {
  std::vector<std::string> logs;
  std::vector<std::string> columns{""};  ///< of radii; empty: `radius`
  std::string radii, title, svg, tsv, norm;
  bool envelope = false, blanket = false, nearest = false;
  std::optional<double> rho, alpha;
  std::optional<std::string> unit;

  Rounding rounding() const { return nearest ? Rounding::kNearest : Rounding::kDown; }
};

/// Of runs with one sigma, and of runs with a map of sigma.
std::vector<RadiusLog> blankets_of(const std::vector<RadiusLog>& logs,
                                   const std::vector<std::string>& paths) {
  std::vector<RadiusLog> isotropic, mapped;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    (run_with_one_sigma(paths[i]) ? isotropic : mapped).push_back(logs[i]);
  }
  std::vector<RadiusLog> out;
  if (!isotropic.empty()) out.push_back(blanket(isotropic, "isotropic"));
  if (!mapped.empty()) out.push_back(blanket(mapped, "maps"));
  return out;
}

/// What a blanket is made of.
void print_points(const std::vector<RadiusLog>& logs, Rounding rounding) {
  TextTable table{{"run", "mean log area", "clean accuracy"}, {}};
  for (const RadiusLog& log : logs) {
    const CertifiedAccuracy curve(log);
    table.rows.push_back({log.name, fmt::format("{:.3f}", curve.average_radius()),
                          rounded_share(curve.correct(), curve.images(), rounding)});
  }
  print_table(std::cout, table);
  std::cout << '\n';
}

/// What is drawn: every log, or the best of them, once for each column.
std::vector<RadiusLog> curves_of(const CurveOptions& options) {
  std::vector<RadiusLog> all;
  std::set<std::string> said;
  for (const std::string& column : options.columns) {
    std::vector<RadiusLog> logs = read_curve_logs(options.logs, column, options.unit.value_or(""));
    print_notes(logs, said);
    if (all.empty()) print_notes_of_rows(logs);
    bring_to_one_norm(logs, options.norm);
    if (options.envelope) logs = {upper_envelope(logs, "upper envelope")};
    if (options.blanket) {
      print_points(logs, options.rounding());
      logs = blankets_of(logs, options.logs);
    }
    for (RadiusLog& log : logs) {
      if (options.columns.size() > 1) log.name += fmt::format(" ({})", column);
      all.push_back(std::move(log));
    }
  }
  return all;
}

/// Puts `typed` where the log does not say its alpha.
void settle_alpha(RadiusLog& log, std::optional<double> typed) {
  if (has_method(log, kEnumerated.name)) {
    throw InputError("{}: --rho: nothing was left to chance, so its accuracy is the bound",
                     log.name);
  }
  if (log.alpha == 0) {
    if (!typed) {
      throw InputError(
          "{}: --rho needs the alpha of the certificates: the log has no column of it, so give "
          "--alpha",
          log.name);
    }
    if (!(0 < *typed && *typed < 1)) {
      throw InputError("--alpha {}: expected a number in (0, 1)", *typed);
    }
    log.alpha = *typed;
  } else if (typed && *typed != log.alpha) {
    throw InputError("{}: --alpha {}: the log says {}", log.name, *typed, log.alpha);
  }
}

/// For each log a table: the certified accuracy at each radius and two lower bounds on the share of
/// its images that truly are robust and correct there, as some were certified by mistake.
void print_accuracy_bounds(std::span<const RadiusLog> logs, std::span<const double> radii,
                           double rho, Rounding rounding) {
  for (const RadiusLog& log : logs) {
    std::cout << fmt::format("\n{}, alpha = {}, rho = {}\n", log.name, log.alpha, rho);
    print_table(std::cout, bounds_table(log, radii, rho, rounding));
  }
  std::cout
      << "\nLower bounds on the share of these images that are robust and correct. Each holds by "
         "itself\nwith probability 1 - rho; not all at once. Noise must be independent across "
         "images.\n";
}

std::vector<double> radii_for(const std::vector<RadiusLog>& logs, const std::string& typed) {
  if (!typed.empty()) {
    return logs.front().measure == Measure::kRadius ? parse_radii(typed) : parse_log_areas(typed);
  }
  return default_radii(logs);
}

bool over_areas(const CurveOptions& options) {
  return std::any_of(options.columns.begin(), options.columns.end(), is_log_area);
}

/// Before any file is read.
void check(const CurveOptions& options) {
  if (!options.radii.empty() && !over_areas(options)) parse_radii(options.radii);
  if (!std::all_of(options.columns.begin(), options.columns.end(), is_log_area) &&
      over_areas(options)) {
    throw InputError("--radius-column: radii and logarithms of areas have no axis in common");
  }
  if (options.blanket && !over_areas(options)) {
    throw InputError("--blanket is of areas: --radius-column log_area or log_volume");
  }
  check_unit(options.unit, options.logs);
  if (options.unit && over_areas(options)) {
    throw InputError("--unit {}: what an area measures is known", *options.unit);
  }
  if (!options.norm.empty() && (options.unit || over_areas(options))) {
    throw InputError("--norm {}: is of radii", options.norm);
  }
  if (options.blanket && options.envelope) throw InputError("--blanket or --envelope, not both");
  if (options.rho && !(0 < *options.rho && *options.rho < 1)) {
    throw InputError("--rho {}: expected a number in (0, 1)", *options.rho);
  }
  if (options.alpha && !options.rho) throw InputError("--alpha is for --rho, which is not given");
  if (options.rho && (options.envelope || options.blanket)) {
    throw InputError(
        "--rho: the best of several logs was chosen by the results that it would bound");
  }
}

/// A folder of recertify stands for its files of rows, in the order of its methods.
std::vector<std::string> files_of(const std::vector<std::string>& typed) {
  std::vector<std::string> files;
  for (const std::string& path : typed) {
    const std::vector<std::filesystem::path> rows = row_files_of_recertified(path);
    if (rows.empty()) files.push_back(path);
    for (const std::filesystem::path& file : rows) files.push_back(file.string());
  }
  return files;
}

void run_curve_command(CurveOptions options) {
  check(options);
  options.logs = files_of(options.logs);
  if (!options.svg.empty()) check_figure_name(options.svg);
  std::vector<RadiusLog> logs = curves_of(options);
  if (options.rho) {
    for (RadiusLog& log : logs) settle_alpha(log, options.alpha);
  }
  const std::vector<double> radii = radii_for(logs, options.radii);
  print_table(std::cout, certified_accuracy_table(logs, radii, options.rounding()));
  if (options.nearest) std::cout << '\n' << rounding_note(options.rounding()) << '\n';
  if (options.rho) print_accuracy_bounds(logs, radii, *options.rho, options.rounding());
  std::cout.flush();
  if (!options.tsv.empty()) replace_file(options.tsv, curve_tsv(logs, options.rho.value_or(0)));
  if (!options.svg.empty()) {
    ChartOptions chart;
    chart.title = options.title;
    chart.x_label = axis_label(logs);
    if (options.blanket) chart.y_label = kBlanketLabel;
    if (options.rho) {
      chart.rho = *options.rho;
      chart.y_label += fmt::format(" (shaded down to its bound, rho = {})", chart.rho);
    }
    chart.rounding = options.rounding();
    write_figure(options.svg, curve_svg(logs, chart));
  }
}

}  // namespace

void add_curve_command(CLI::App& app) {
  const auto options = std::make_shared<CurveOptions>();
  CLI::App* const command = app.add_subcommand(
      "curve", "Certified accuracy per radius, from runs and from logs of Cohen's family");
  command
      ->add_option(
          "logs", options->logs,
          "Logs (tab-separated: idx label predict radius correct time), or folders of runs "
          "or of recertify")
      ->type_name("FILE|RUN")
      ->required();
  command
      ->add_option("--radii", options->radii,
                   "Radii of the table: first:last:step, or a list; otherwise chosen to fit")
      ->type_name("0:2:0.25");
  command
      ->add_option(
          "--radius-column", options->columns,
          "Columns to take radii from (such as radius_l1,radius_cohen); otherwise radius. log_area "
          "and log_volume draw accuracy over certified areas, of runs with and without a "
          "map of sigma")
      ->allow_extra_args(false)  // the next word is a log
      ->delimiter(',')
      ->type_name("NAME");
  add_unit_option(*command, options->unit);
  add_norm_option(*command, options->norm);
  command->add_flag("--nearest", options->nearest,
                    "Round shares and radii to the nearest, as papers print, which may exceed what "
                    "is proven; lower bounds stay rounded down");
  command->add_flag("--envelope", options->envelope,
                    "One curve instead of one for each log: the largest accuracy at each radius");
  command->add_flag("--blanket", options->blanket,
                    "Of runs over areas: clean accuracy against their mean log area, the best run "
                    "at each; runs with one sigma beside those with a map");
  command->add_option("--title", options->title, "Title of the picture")->type_name("TEXT");
  command->add_option("--svg", options->svg, "Draw the curves into this file: .svg or .png")
      ->type_name("FILE");
  command
      ->add_option(
          "--tsv", options->tsv,
          "Write every step of the curves into this file: [run] radius accuracy [at_least]")
      ->type_name("FILE");
  command
      ->add_option("--rho", options->rho,
                   "Also print, draw and write lower bounds on the certified accuracy that hold, "
                   "each by itself, with probability 1 - RHO")
      ->type_name("RHO");
  command
      ->add_option("--alpha", options->alpha,
                   "For --rho: failure probability of the certificates, where a log has no column "
                   "alpha")
      ->type_name("ALPHA");
  command->callback([options] { run_curve_command(*options); });
}

}  // namespace certify
