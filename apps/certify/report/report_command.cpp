#include "apps/certify/commands.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "apps/certify/options/norm_option.h"
#include "apps/certify/options/unit_option.h"
#include "apps/certify/results/row_claims.h"
#include "apps/certify/sweep/sweep.h"
#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/parallel.h"
#include "core/curves/radii.h"
#include "core/report/logs/cohen_log.h"
#include "core/report/pages/runs_report.h"
#include "core/report/sources/reported_runs.h"
#include "core/runs/run_folder.h"
#include "core/sweeps/sweep_folder.h"
#include "core/verify/verify.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFindings = 5;  // of a run, by name; more are counted

struct ReportArguments {
  std::vector<std::string> paths;
  std::string out, title, radii, radius_column, baseline, norm;
  std::optional<std::string> unit;
  double rho = kRho;
  std::optional<double> alpha;
  bool no_verify = false, nearest = false;
  TableFormats formats;
};

bool is_sweep(const fs::path& path) {
  std::error_code unreadable;
  return fs::exists(path / kSweepFile, unreadable);
}

/// What the independent checker says of the rows, in red where they claim too much. The report
/// checks before it shows, as a page goes to people who will not run `certify verify`.
struct Checked {
  std::vector<std::string> findings;
  std::string summary;
};

Checked check(const std::string& path) {
  Checked checked;
  const VerifyReport report = verify_path(path, std::nullopt, {.results = false});
  for (const VerifyFinding& finding : report.findings) {
    if (checked.findings.size() == kMostFindings) {
      checked.findings.push_back(fmt::format("{}: and {} more; `certify verify` lists them", path,
                                             report.findings.size() - kMostFindings));
      break;
    }
    checked.findings.push_back(finding.where + ": " + finding.what);
  }
  checked.summary = fmt::format(
      "{} rows checked: {}", report.rows,
      !report.findings.empty()
          ? fmt::format("{} CLAIM TOO MUCH OR CONTRADICT", report.findings.size())
      : report.in_part > 0 ? fmt::format("none claims too much, {} only in part", report.in_part)
      : report.alone > 0   ? "none claims too much by itself; its samples were not looked at"
                           : "none claims too much");
  if (report.findings.empty() && report.rows > 0 && fs::exists(fs::path(path) / kManifestFile)) {
    if (const auto lower = describe_lower_rows(path)) checked.summary += "; " + *lower;
  }
  return checked;
}

RunsReportOptions options_of(const ReportArguments& arguments) {
  RunsReportOptions options{.title = arguments.title,
                            .rho = arguments.rho,
                            .baseline = arguments.baseline,
                            .rounding = arguments.nearest ? Rounding::kNearest : Rounding::kDown};
  if (!arguments.radii.empty()) options.radii = parse_radii(arguments.radii);
  return options;
}

std::vector<ReportedRun> read_all(const ReportArguments& arguments) {
  std::vector<std::vector<ReportedRun>> found(arguments.paths.size());
  for_each_on_all_cores(found.size(), 1, [&](std::size_t i) {
    const std::string& path = arguments.paths[i];
    found[i] = read_reported_runs(path, {}, arguments.radius_column);
    for (ReportedRun& run : found[i]) run.log.unit = arguments.unit.value_or("");
    // Only what is ours states what its rows rest on.
    if (!fs::is_directory(path)) return;
    if (arguments.no_verify) {
      for (ReportedRun& run : found[i]) run.settings.emplace_back("verified", "no (--no-verify)");
      return;
    }
    const Checked checked = check(path);
    found[i].front().findings = checked.findings;
    for (ReportedRun& run : found[i]) run.settings.emplace_back("verified", checked.summary);
  });
  std::vector<ReportedRun> runs;
  std::vector<std::string> places;
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (ReportedRun& run : found[i]) {
      if (arguments.alpha && run.log.alpha == 0) run.log.alpha = *arguments.alpha;
      places.push_back(arguments.paths[i]);
      runs.push_back(std::move(run));
    }
  }
  make_names_distinct(runs, places);
  bring_to_one_norm(runs, arguments.norm);
  return runs;
}

std::string title_of(const std::vector<std::string>& paths) {
  if (paths.size() > 1) return fmt::format("Certified robustness of {} runs", paths.size());
  const fs::path path = fs::absolute(paths[0]).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

Report report_of_paths(const ReportArguments& arguments) {
  const std::vector<ReportedRun> runs = read_all(arguments);
  RunsReportOptions options = options_of(arguments);
  const bool one_run =
      arguments.paths.size() == 1 && fs::exists(fs::path(arguments.paths[0]) / kManifestFile);
  if (options.title.empty()) {
    options.title =
        one_run ? describe_slice(manifest_of(arguments.paths[0])) : title_of(arguments.paths);
  }
  options.picture_title = options.title;
  return runs_report(runs, options);
}

Report report_of_sweep(const ReportArguments& arguments) {
  const fs::path folder = arguments.paths[0];
  const Sweep sweep = sweep_in(folder);
  Report report = sweep_report(sweep, folder, options_of(arguments));
  if (!arguments.title.empty()) report.title = arguments.title;
  if (arguments.no_verify) {
    report.warnings.emplace_back("its rows were not checked (--no-verify)");
    return report;
  }
  std::vector<fs::path> done;
  for (const SweepJob& job : sweep.jobs) {
    const fs::path rows = folder / job.result;
    if (job.stage == JobStage::kCertify && fs::exists(rows)) done.push_back(rows.parent_path());
  }
  std::vector<Checked> checked(done.size());
  for_each_on_all_cores(done.size(), 1,
                        [&](std::size_t i) { checked[i] = check(done[i].string()); });
  for (const Checked& one : checked) {
    report.findings.insert(report.findings.end(), one.findings.begin(), one.findings.end());
  }
  return report;
}

fs::path folder_of(const ReportArguments& arguments) {
  if (!arguments.out.empty()) return arguments.out;
  if (arguments.paths.size() == 1 && fs::is_directory(arguments.paths[0]))
    return arguments.paths[0];
  return "report";
}

/// One page has one axis. That of a run is known, and has the run's other radii on axes beside it.
void check_radius_column(const ReportArguments& arguments) {
  if (arguments.radius_column.empty()) return;
  if (is_log_area(arguments.radius_column)) {
    throw InputError(
        "--radius-column {}: the page of a run with a map of sigma shows it; give the run's folder",
        arguments.radius_column);
  }
  for (const std::string& path : arguments.paths) {
    std::error_code unreadable;  // is told by the reader
    if (!fs::is_directory(path, unreadable)) continue;
    throw InputError(
        "{}: --radius-column is for logs; the page of a run shows all of its radii without it",
        path);
  }
}

/// What lies in a run's or a sweep's folder says what is proven there, as `certify verify` and the
/// next `certify sweep` expect of it. `--nearest` is for comparing with published tables, whose
/// numbers are rounded up too.
void require_folder_of_its_own(const fs::path& out, std::string_view option) {
  for (const char* results : {kManifestFile, kSweepFile, kRecertifyFile}) {
    std::error_code unreadable;  // as of a folder that is still to be made
    if (!fs::exists(out / results, unreadable)) continue;
    throw InputError(
        "{}: {} holds results of its own ({}), which stay as they are; give --out another folder",
        option, out.string(), results);
  }
}

/// Of a page, or of figures: --out is a folder.
void require_name_of_folder(const fs::path& out) {
  for (const char* ending : {".html", ".pdf", ".png", ".svg"}) {
    if (out.extension() != ending) continue;
    throw InputError("--out {}: names the folder that report.html and its figures go to",
                     out.string());
  }
}

void check_arguments(const ReportArguments& arguments) {
  require_name_of_folder(arguments.out);
  check_radius_column(arguments);
  check_unit(arguments.unit, arguments.paths);
  if (!(arguments.rho >= 0 && arguments.rho < 1)) {
    throw InputError("--rho {}: expected a number in [0, 1)", arguments.rho);
  }
  if (arguments.alpha && !(0 < *arguments.alpha && *arguments.alpha < 1)) {
    throw InputError("--alpha {}: expected a number in (0, 1)", *arguments.alpha);
  }
  if (arguments.nearest) require_folder_of_its_own(folder_of(arguments), "--nearest");
  if (!arguments.norm.empty()) {
    require_folder_of_its_own(folder_of(arguments), "--norm");
    if (arguments.unit || is_sweep(arguments.paths[0])) {
      throw InputError("--norm {}: is of radii of runs and logs", arguments.norm);
    }
  }
  const bool any_sweep = std::any_of(arguments.paths.begin(), arguments.paths.end(),
                                     [](const std::string& path) { return is_sweep(path); });
  if (any_sweep && arguments.paths.size() > 1) {
    throw InputError(
        "certify report: a sweep is reported by itself; of its runs, give the folders");
  }
}

ExitCode write(const ReportArguments& arguments) {
  check_arguments(arguments);
  const Report report =
      is_sweep(arguments.paths[0]) ? report_of_sweep(arguments) : report_of_paths(arguments);
  const fs::path folder = folder_of(arguments);
  create_folder(folder);
  write_report(report, folder, arguments.formats);
  for (const std::string& finding : report.findings) std::cerr << finding << "\n";
  std::cout << (folder / kReportFile).string() << "\n";
  return report.findings.empty() ? ExitCode::kDone : ExitCode::kFailedCheck;
}

}  // namespace

void add_report_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "report", "One offline page of runs, a sweep, or logs of Cohen's family, with its figures");
  const auto arguments = std::make_shared<ReportArguments>();
  command
      ->add_option("paths", arguments->paths,
                   "Runs, folders of recertify and logs, side by side; or one sweep")
      ->type_name("RUN|SWEEP|TSV")
      ->required();
  command
      ->add_option("--out", arguments->out,
                   "Folder for report.html, pictures and data [the one folder given, or report]")
      ->type_name("DIR");
  command->add_option("--title", arguments->title, "Title of the page")->type_name("TEXT");
  command
      ->add_option("--radii", arguments->radii,
                   "Radii of the tables: first:last:step, or a list; otherwise chosen to fit")
      ->type_name("0:2:0.25");
  command
      ->add_option("--radius-column", arguments->radius_column,
                   "Column of the logs to take radii from (such as radius_L1); otherwise radius")
      ->type_name("NAME");
  add_unit_option(*command, arguments->unit);
  add_norm_option(*command, arguments->norm);
  command
      ->add_option("--baseline", arguments->baseline,
                   "Run or method over which gains are told [cohen]")
      ->type_name("NAME");
  command
      ->add_option("--rho", arguments->rho,
                   "Failure probability of confidence bands at each radius; 0: no bands")
      ->capture_default_str()
      ->type_name("RHO");
  command
      ->add_option("--alpha", arguments->alpha,
                   "Failure probability of certificates, for bands of logs without a column alpha")
      ->type_name("ALPHA");
  command->add_flag("--nearest", arguments->nearest,
                    "Round shares and radii to the nearest, as papers print, which may exceed what "
                    "is proven; lower bounds stay rounded down");
  command->add_flag("--latex", arguments->formats.latex, "Tables as .tex, too");
  command->add_flag("--markdown", arguments->formats.markdown, "Tables as .md, too");
  command->add_flag("--csv", arguments->formats.csv, "Tables as .csv, too");
  command->add_flag("--no-verify", arguments->no_verify,
                    "Do not check the rows against their samples, which takes minutes for scores");
  command->callback([arguments, &exit_code] { exit_code = static_cast<int>(write(*arguments)); });
}

}  // namespace certify
