#include "apps/certify/results/curve_logs.h"

#include <filesystem>
#include <iostream>
#include <system_error>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/norm.h"
#include "core/base/parallel.h"
#include "core/curves/areas.h"
#include "core/curves/comparability.h"
#include "core/methods/counts/cohen_sequential.h"
#include "core/report/logs/cohen_log.h"
#include "core/report/sources/reported_runs.h"

namespace certify {
namespace {

/// Logs of one name (two runs' certificates.tsv) go by their paths.
void make_names_distinct(std::vector<RadiusLog>& logs, const std::vector<std::string>& paths) {
  std::set<std::string> names;
  for (const RadiusLog& log : logs) names.insert(log.name);
  if (names.size() == logs.size()) return;
  for (std::size_t i = 0; i < logs.size(); ++i) logs[i].name = paths[i];
}

/// Nothing for what is no run.
std::optional<Manifest> manifest_at(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error) ? read_manifest(path) : std::nullopt;
}

/// A curve of some of the images is no curve of the run, and rows without their samples are not
/// what was sampled.
void check_run(const std::string& path, RadiusLog& log) {
  const auto manifest = manifest_at(path);
  if (!manifest) {
    const auto folder = std::filesystem::path(path).parent_path();
    for (const std::string& mark : marks_of_recertified(folder, log.rows)) {
      log.notes.push_back(path + ": " + mark);
    }
    return;
  }
  check_rows_whole(path, *manifest, log);
  log.dataset = manifest->settings.dataset;
  log.dataset_sha256 = manifest->settings.dataset_sha256;
  log.dimension = manifest->settings.shape.size();
  if (const std::string_view proven = manifest->settings.noise_value().family->norm;
      log.column.empty() && log.norm != proven) {
    throw DataError("{}: the columns of its rows say {} radii, but its noise proves {}", path,
                    norm_symbol(log.norm), norm_symbol(proven));
  }
  if (const auto missing =
          describe_missing(*manifest, static_cast<std::int64_t>(log.rows.size()))) {
    log.notes.push_back(path + ": " + *missing);
  }
  if (manifest->settings.batch_dependent) log.notes.push_back(path + ": " + kBatchDependentMark);
  if (const auto seen = describe_seen(manifest->settings.sigma_map_seen, log.rows)) {
    log.notes.push_back(path + ": " + *seen);
  }
}

/// Runs with one sigma have no column of areas: their balls' follow from the radius.
RadiusLog read_log(const std::string& path, const std::string& column) {
  if (is_log_area(column)) {
    if (const auto run = run_with_one_sigma(path)) {
      return areas_of_balls(read_cohen_log(path), run->settings.shape.size(),
                            column == "log_volume");
    }
  }
  return read_cohen_log(path, column);
}

}  // namespace

std::optional<Manifest> run_with_one_sigma(const std::string& path) {
  auto manifest = manifest_at(path);
  return manifest && manifest->settings.sigma_map.empty() ? manifest : std::nullopt;
}

std::vector<RadiusLog> read_curve_logs(const std::vector<std::string>& paths,
                                       const std::string& column, const std::string& unit) {
  std::vector<RadiusLog> logs(paths.size());
  for_each_on_all_cores(logs.size(), 1, [&](std::size_t i) {
    logs[i] = read_log(paths[i], column);
    logs[i].unit = unit;
    check_run(paths[i], logs[i]);
  });
  make_names_distinct(logs, paths);
  return logs;
}

void print_notes(const std::vector<RadiusLog>& logs, std::set<std::string>& said) {
  for (const RadiusLog& log : logs) {
    for (const std::string& note : log.notes) {
      if (said.insert(note).second) std::cerr << "note: " << note << '\n';
    }
  }
}

void print_notes_of_rows(const std::vector<RadiusLog>& logs) {
  for (const RadiusLog& log : logs) {
    if (!has_method(log, kCohenSequential.name)) continue;
    std::cerr << fmt::format(
        "note: {}: sampling stopped where the radii asked for were certified (--stop-at); beyond "
        "them the curve is lower than it would be with all samples\n",
        log.name);
  }
  for (const std::string& warning : compare(logs).warnings) {
    std::cerr << "note: " << warning << '\n';
  }
}

}  // namespace certify
