#include "core/verify/verify.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/parallel.h"
#include "core/runs/run_folder.h"
#include "core/verify/checks/record_check.h"
#include "core/verify/checks/sequential_check.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRecertifyFile = "recertify.json";

ClassFrom class_from(Selection selection) {
  if (selection == Selection::kSame) return ClassFrom::kSameSamples;
  return selection == Selection::kLabel ? ClassFrom::kLabel : ClassFrom::kSeparateSamples;
}

/// What `read` makes of the settings that `certify recertify` left beside its row files.
template <typename Read>
std::invoke_result_t<Read, nlohmann::json> recertify_settings(const fs::path& folder, Read read) {
  const fs::path file = folder / kRecertifyFile;
  if (!fs::exists(file)) return std::nullopt;
  try {
    return read(nlohmann::json::parse(read_file(file)));
  } catch (const nlohmann::json::exception& error) {
    throw DataError("{}: {}", file.string(), error.what());
  }
}

std::optional<ClassFrom> recorded_choice(const nlohmann::json& json) {
  return class_from(parse_selection(json.at("select").get<std::string>()));
}

std::optional<MapFacts> map_facts_of(const fs::path& folder, const RunSettings& settings) {
  if (settings.sigma_map.empty()) return std::nullopt;
  return read_map_facts(folder, settings);
}

/// The run that row files were made from, with what recertify was told in place of its settings.
struct RecertifiedRun {
  fs::path folder;
  RowTerms terms;
};

/// Nothing where they were made from a file of counts, or the run is gone or has changed since.
std::optional<RecertifiedRun> recertified_run(const nlohmann::json& json) {
  const fs::path samples = json.value("source", "");
  if (samples.filename() != kSamplesFile || !fs::exists(samples) ||
      sha256_of_file(samples) != json.value("source_sha256", "")) {
    return std::nullopt;
  }
  const auto manifest = read_manifest(samples.parent_path());
  if (!manifest) return std::nullopt;
  RecertifiedRun run{samples.parent_path(), {manifest->settings, {}, json.at("n")}};
  RunSettings& s = run.terms.settings;
  s.alpha = json.at("alpha");
  s.select = parse_selection(json.at("select"));
  s.lipschitz = json.at("lipschitz");
  const std::string link = json.at("score_link");
  if (!link.empty()) s.scores.link = parse_score_link(link);
  if (json.at("temperature") > 0) s.scores.temperature = json.at("temperature");
  run.terms.from = class_from(s.select);
  run.terms.map = map_facts_of(run.folder, s);
  return run;
}

/// certificates-NAME.tsv
std::string method_of(const fs::path& file) {
  const std::string stem = file.stem().string();
  return stem.substr(std::min(stem.size(), std::string("certificates-").size()));
}

/// The radii that a method of several writes beside its rows.
std::vector<StatedRadii> read_radii(const std::string& method, const fs::path& file) {
  if (checkable(method) != Checkable::kWithGradient || !fs::exists(file)) return {};
  return parse_radii_rows(read_file(file), file.string());
}

VerifyReport verify_against(RecertifiedRun run, const fs::path& file) {
  const std::string method = method_of(file);
  run.terms.settings.method = method;
  RunCheck check(file, run.terms, read_rows(file),
                 read_radii(method, file.parent_path() / fmt::format("radii-{}.tsv", method)));
  std::int64_t images = 0;
  read_run(run.folder, [&](ImageSamples samples) {
    ++images;
    check.add(std::move(samples));
  });
  return check.finish(images, "");
}

VerifyReport verify_recertified(const fs::path& folder, std::optional<ClassFrom> from) {
  std::set<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("certificates") && name.ends_with(".tsv")) files.insert(entry.path());
  }
  if (files.empty()) {
    throw DataError("{}: neither a run nor a folder of certificates", folder.string());
  }
  std::optional<RecertifiedRun> run = recertify_settings(folder, recertified_run);
  if (run && from) run->terms.from = *from;
  VerifyReport report;
  for (const fs::path& file : files) {
    report.add(run ? verify_against(*run, file) : verify_rows(file, from));
  }
  return report;
}

}  // namespace

VerifyReport verify_run(const fs::path& folder, const VerifyExtent& extent) {
  const Manifest manifest = manifest_of(folder);
  const RunSettings& s = manifest.settings;
  const fs::path samples = folder / kSamplesFile, manifest_file = folder / kManifestFile;
  const fs::path file = folder / (s.method == "predict" ? kPredictionsFile : kCertificatesFile);
  RunCheck rows(file, {s, class_from(s.select), 0, map_facts_of(folder, s)}, read_rows(file),
                read_radii(s.method, folder / kRadiiFile));
  RecordCheck records(samples, s);
  const SampleLogState log = read_sample_log(samples, record_shape(s), [&](ImageSamples image) {
    records.add(image);
    rows.add(std::move(image));
  });
  const bool complete = manifest.state == "complete";
  VerifyReport report = rows.finish(complete ? manifest.images : -1, manifest.state);
  report.add(check_manifest(manifest_file, manifest, records, log.hash.hex()));
  report.add(check_hashes(manifest_file, manifest, extent.at_hand));
  report.add({.findings = std::move(records).findings()});
  return report;
}

VerifyReport verify_rows(const fs::path& file, std::optional<ClassFrom> from) {
  VerifyReport report;
  const std::vector<StatedRow> rows = read_rows(file);
  if (!from) from = recertify_settings(file.parent_path(), recorded_choice);
  if (!from) {
    report.notes.push_back(
        fmt::format("{}: taken to be about classes chosen by other samples or by the label; "
                    "--select same if not",
                    file.string()));
  }
  std::vector<std::vector<std::string>> findings(rows.size());
  for_each_on_all_cores(rows.size(), 16, [&](std::size_t i) {
    findings[i] = check_row(rows[i], from.value_or(ClassFrom::kSeparateSamples));
    if (!rows[i].ellipsoid) return;
    for (std::string& what : check_ellipsoid(rows[i], nullptr)) {
      findings[i].push_back(std::move(what));
    }
  });
  if (!rows.empty() && rows.front().ellipsoid) {
    report.notes.push_back(
        fmt::format("{}: log_area and log_volume are not checked: the map of sigma they rest on is "
                    "in the folder of their run",
                    file.string()));
  }
  std::int64_t planned = 0;  // as far as rows can tell
  for (const StatedRow& row : rows) planned = std::max(planned, row.n);
  std::map<std::int64_t, std::int64_t> line_of;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const StatedRow& row = rows[i];
    const auto [first, is_new] = line_of.emplace(row.index, row.line);
    if (checker::says_all_drawn(row.method) && row.n < planned) {
      findings[i].push_back(
          fmt::format("says that all {} were drawn, but another row has {}", row.n, planned));
    }
    if (!is_new) findings[i].push_back(fmt::format("was already in line {}", first->second));
    report.add(file, row, findings[i]);
    const Checkable possible = checkable(row.method);
    if (possible == Checkable::kWithScores || possible == Checkable::kWithGradient) {
      ++report.in_part;
    }
  }
  return report;
}

VerifyReport verify_path(const fs::path& path, std::optional<ClassFrom> from,
                         const VerifyExtent& extent) {
  if (!fs::is_directory(path)) return verify_rows(path, from);
  return fs::exists(path / kManifestFile) ? verify_run(path, extent)
                                          : verify_recertified(path, from);
}

}  // namespace certify
