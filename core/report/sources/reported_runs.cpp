#include "core/report/sources/reported_runs.h"

#include <optional>
#include <set>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/json_file.h"
#include "core/base/norm.h"
#include "core/report/logs/cohen_log.h"
#include "core/report/sources/run_description.h"
#include "core/runs/run_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

std::vector<RadiusLog> read_attacks(const fs::path& run, const RadiusLog& certified) {
  if (!fs::exists(run / kAttackFile)) return {};
  RadiusLog log = read_cohen_log(run / kAttackFile, "attack_" + radius_column(certified.norm));
  log.name = certified.name + ", under attack";
  log.norm = certified.norm;
  log.attack = true;
  return {std::move(log)};
}

/// Radii in other norms lie in a file of their own, which a process that was killed may have left
/// behind the rows.
void read_other_radii(const fs::path& file, ReportedRun& run) {
  if (!fs::exists(file)) return;
  for (auto& [name, log] : read_named_radii(file)) {
    if (!same_images(log, run.log)) {
      run.radii.clear();
      run.warnings.push_back(fmt::format(
          "{} is not about the images of the rows: its radii are left out", file.string()));
      return;
    }
    log.alpha = run.log.alpha;
    run.radii.emplace_back(name, std::move(log));
  }
}

RadiusLog read_areas(const fs::path& rows) { return read_cohen_log(rows, "log_area"); }

/// All that is said of a run beside its radii.
void describe(ReportedRun& run, const fs::path& folder, const Manifest& manifest,
              const SampleSummary& summary) {
  const RunSettings& s = manifest.settings;
  run.log.name = describe_run(s);
  run.log.dataset = s.dataset;
  run.log.dataset_sha256 = s.dataset_sha256;
  run.settings = describe_settings(manifest);
  run.comparable = comparable_key(s);
  run.class_names = manifest.class_names;
  run.dimension = s.shape.size();
  run.noise = s.noise_value().family;
  if (const auto missing =
          describe_missing(manifest, static_cast<std::int64_t>(run.log.rows.size()))) {
    run.warnings.push_back(*missing);
  }
  for (std::string& warning : find_warnings(manifest, run.log.rows, summary)) {
    run.warnings.push_back(std::move(warning));
  }
  if (fs::exists(folder / kSamplesFile)) {
    run.settings.emplace_back("samples sha256", sha256_of_file(folder / kSamplesFile));
    if (!s.stop_at.empty() && summary.images > 0) {
      run.settings.emplace_back("stopped", describe_stopping(s, summary) + "; " + kStoppingCaveat);
    }
  } else {
    run.warnings.push_back("its samples are not at hand, so that its rows cannot be checked");
  }
  run.attacks = read_attacks(folder, run.log);
  run.warnings.insert(run.warnings.end(), run.log.notes.begin(), run.log.notes.end());
}

ReportedRun read_run_folder(const fs::path& folder) {
  const Manifest manifest = manifest_of(folder);
  if (manifest.settings.method == "predict") {
    throw InputError("{}: a run of predict, which certifies no radii", folder.string());
  }
  ReportedRun run{read_cohen_log(folder)};
  const SampleSummary summary = check_rows_whole(folder, manifest, run.log);
  if (!manifest.settings.sigma_map.empty()) run.areas = read_areas(folder);
  read_other_radii(folder / kRadiiFile, run);
  describe(run, folder, manifest, summary);
  return run;
}

/// The log of the same certificates with another number of each for its radius.
template <class RadiusOf>
RadiusLog with_radii(RadiusLog log, std::span<const Certificate> certificates, RadiusOf radius_of) {
  for (std::size_t i = 0; i < certificates.size(); ++i) {
    log.rows[i].radius = radius_of(certificates[i]);
  }
  return log;
}

/// The run whose samples were certified again, as far as it is still where it was.
std::optional<Manifest> source_of(const nlohmann::ordered_json& again, const fs::path& known) {
  if (!known.empty()) return read_manifest(known);
  const fs::path samples = again.at("source").get<std::string>();
  std::error_code gone;
  if (!fs::exists(samples, gone)) return std::nullopt;
  return read_manifest(samples.parent_path());
}

ReportedRun read_recertified(const fs::path& folder, const std::string& method,
                             const nlohmann::ordered_json& again, const fs::path& samples) {
  const fs::path rows = folder / recertified_rows_file(method);
  ReportedRun run{read_cohen_log(rows)};
  if (!again.value("sigma_map", "").empty()) run.areas = read_areas(rows);
  read_other_radii(folder / recertified_radii_file(method), run);
  run.log.name = fmt::format("{}, {}", folder.filename().string(), method);
  const std::string sha256 = again.at("source_sha256").get<std::string>();
  run.warnings = marks_of_recertified(folder, run.log.rows);
  if (auto manifest = source_of(again, samples)) {
    RunSettings& s = manifest->settings;
    s.method = method;
    s.alpha = again.at("alpha").get<double>();
    s.select = parse_selection(again.at("select").get<std::string>());
    if (const auto n = again.at("n").get<std::int64_t>(); n > 0) s.n = n;
    if (const auto T = again.at("temperature").get<double>(); T > 0) s.scores.temperature = T;
    if (const auto link = again.at("score_link").get<std::string>(); !link.empty()) {
      s.scores.link = parse_score_link(link);
    }
    run.log.name = describe_run(s);
    run.log.dataset = s.dataset;
    run.log.dataset_sha256 = s.dataset_sha256;
    run.settings = describe_settings(*manifest);
    run.comparable = comparable_key(s);
    run.class_names = manifest->class_names;
    run.dimension = s.shape.size();
    run.noise = s.noise_value().family;
  } else {
    run.settings = {{"σ", fmt::format("{}", again.at("sigma").get<double>())},
                    {"α", fmt::format("{}", again.at("alpha").get<double>())},
                    {"method", method}};
    run.comparable = fmt::format("{}|{}", sha256, run.settings[1].second);
  }
  run.settings.emplace_back("samples sha256", sha256);
  return run;
}

std::vector<ReportedRun> read_recertify_folder(const fs::path& folder, const fs::path& samples) {
  const fs::path file = folder / kRecertifyFile;
  std::vector<ReportedRun> runs;
  try {
    const auto again = read_json(file);
    for (const std::string& method : again.at("methods").get<std::vector<std::string>>()) {
      runs.push_back(read_recertified(folder, method, again, samples));
    }
  } catch (const nlohmann::json::exception& reason) {
    throw DataError("{}: {}", file.string(), reason.what());
  }
  return runs;
}

ReportedRun read_lone_log(const fs::path& file, const std::string& radius_column) {
  ReportedRun run{read_cohen_log(file, radius_column)};
  run.settings = {{"file", file.filename().string()}, {"file sha256", sha256_of_file(file)}};
  if (run.log.alpha > 0) run.settings.emplace_back("α", fmt::format("{}", run.log.alpha));
  run.warnings = run.log.notes;
  return run;
}

}  // namespace

ReportedRun reported_run(const fs::path& folder, const Manifest& manifest,
                         std::span<const Certificate> certificates, const SampleSummary& summary) {
  ReportedRun run{to_radius_log(certificates)};
  if (!manifest.settings.sigma_map.empty()) {
    run.areas = with_radii(run.log, certificates,
                           [](const Certificate& c) { return c.ellipsoid->log_area; });
    run.areas->measure = Measure::kLogArea;
  }
  const std::size_t others = certificates.empty() ? 0 : certificates.front().radii.size();
  for (std::size_t r = 0; r < others; ++r) {
    const std::string& name = certificates.front().radii[r].name;
    RadiusLog log =
        with_radii(run.log, certificates, [r](const Certificate& c) { return c.radii[r].radius; });
    log.norm = norm_of_column("radius_" + name);
    run.radii.emplace_back(name, std::move(log));
  }
  describe(run, folder, manifest, summary);
  return run;
}

std::vector<std::string> marks_of_recertified(const fs::path& folder,
                                              std::span<const RadiusRow> rows) {
  const fs::path file = folder / kRecertifyFile;
  std::error_code unreadable;
  if (!fs::exists(file, unreadable)) return {};
  const Json again = read_json(file);
  std::vector<std::string> marks;  // folders from before have no such keys
  if (again.value("batch_dependent", false)) marks.emplace_back(kBatchDependentMark);
  const std::string learned = again.value("sigma_map_seen", "");
  if (learned.empty()) return marks;
  try {
    if (const auto seen = describe_seen(parse_learned_images(learned), rows)) {
      marks.push_back(*seen);
    }
  } catch (const DataError& reason) {
    throw DataError("{}: {}", file.string(), reason.what());
  }
  return marks;
}

std::vector<fs::path> row_files_of_recertified(const fs::path& folder) {
  const fs::path file = folder / kRecertifyFile;
  std::error_code unreadable;  // is told by who reads the path
  if (!fs::exists(file, unreadable)) return {};
  std::vector<fs::path> files;
  try {
    const auto again = read_json(file);
    for (const std::string& method : again.at("methods").get<std::vector<std::string>>()) {
      files.push_back(folder / recertified_rows_file(method));
    }
  } catch (const nlohmann::json::exception& reason) {
    throw DataError("{}: {}", file.string(), reason.what());
  }
  return files;
}

SampleSummary check_rows_whole(const fs::path& run, const Manifest& manifest,
                               const RadiusLog& log) {
  const auto rows = static_cast<std::int64_t>(log.rows.size());
  if (manifest.state == "complete" && rows != manifest.images) {
    throw DataError("{}: {} rows, but the run was complete with {}",
                    (run / kCertificatesFile).string(), rows, manifest.images);
  }
  SampleSummary summary;
  const fs::path file = run / kSamplesFile;
  if (!fs::exists(file)) return summary;
  std::unordered_set<std::int64_t> sampled;
  SampleLogReader reader(file, record_shape(manifest.settings), SampleLogReader::Beside::kLeave);
  while (const auto samples = reader.next()) {
    summary.count(*samples);
    sampled.insert(samples->index);
  }
  if (manifest.state == "complete" && summary.images != manifest.images) {
    throw DataError("{}: {} images, but the run was complete with {}", file.string(),
                    summary.images, manifest.images);
  }
  for (const RadiusRow& row : log.rows) {
    if (sampled.contains(row.index)) continue;
    throw DataError("{}: image {} has a row in {}, but no samples", file.string(), row.index,
                    kCertificatesFile);
  }
  return summary;
}

std::vector<ReportedRun> read_reported_runs(const fs::path& path, const fs::path& samples,
                                            const std::string& radius_column) {
  std::error_code unreadable;  // is told by who reads the file
  if (!fs::is_directory(path, unreadable)) return {read_lone_log(path, radius_column)};
  if (fs::exists(path / kRecertifyFile)) return read_recertify_folder(path, samples);
  if (!fs::exists(path / kManifestFile)) {
    throw DataError("{}: no run, sweep or folder of recertify ({}, sweep.json and {} are missing)",
                    path.string(), kManifestFile, kRecertifyFile);
  }
  return {read_run_folder(path)};
}

void bring_to_one_norm(std::vector<ReportedRun>& runs, std::string_view asked) {
  std::vector<RadiusLog> logs;
  for (const ReportedRun& run : runs) {
    logs.push_back(run.log);
    logs.back().dimension = run.dimension;
  }
  bring_to_one_norm(logs, asked);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (logs[i].norm != runs[i].log.norm) runs[i].attacks.clear();
    runs[i].log = std::move(logs[i]);
  }
}

void make_names_distinct(std::span<ReportedRun> runs, std::span<const std::string> places) {
  std::set<std::string> names;
  for (const ReportedRun& run : runs) names.insert(run.log.name);
  if (names.size() == runs.size()) return;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    runs[i].log.name = fmt::format("{}: {}", places[i], runs[i].log.name);
    for (RadiusLog& attack : runs[i].attacks) attack.name = runs[i].log.name + ", under attack";
  }
}

}  // namespace certify
