#include "core/verify/verify.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/parallel.h"
#include "core/runs/run_folder.h"
#include "core/verify/bounds/noise_price.h"
#include "core/verify/checks/attack_check.h"
#include "core/verify/checks/curve_check.h"
#include "core/verify/checks/distribution_check.h"
#include "core/verify/checks/page_check.h"
#include "core/verify/checks/record_check.h"
#include "core/verify/checks/sequential_check.h"
#include "core/verify/recertified.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

/// What a run made of its rows. A run that was killed at its end may lack some of it.
VerifyReport check_results(const fs::path& folder, const Manifest& manifest,
                           const std::vector<StatedRow>& rows,
                           const std::vector<StatedRadii>& radii) {
  VerifyReport report;
  if (manifest.settings.method == "predict") return report;
  const RecountedCurve curve = recount(rows);
  const auto check = [&](const char* name, const auto& how) {
    const fs::path file = folder / name;
    if (!fs::exists(file)) return;
    try {
      report.add(how(file));
    } catch (const DataError& reason) {  // what is wrong with the rows is still to be told
      report.findings.push_back({name, reason.what()});
    }
  };
  check(kCurveTsvFile, [&](const fs::path& file) { return check_curves(file, {curve}); });
  const auto of_radii = [&](const char* name, const std::string& norm) {
    check(name, [&](const fs::path& file) {
      if (radii.empty()) throw DataError("{}: the run has no such radii", file.string());
      return check_curves(
          file, recount_radii(radii, norm, manifest.settings.shape.size(), curve.alpha()));
    });
  };
  of_radii(kCurveL1File, "l1");
  of_radii(kCurveLinfFile, "linf");
  of_radii(kCurvePartsFile, "");
  check(kAccuracyFile, [&](const fs::path& file) { return check_accuracy_table(file, curve); });
  check(kDistributionFile, [&](const fs::path& file) { return check_distribution(file, rows); });
  check(kReportFile, [&](const fs::path& file) { return check_page(file, manifest, rows); });
  check(kAttackFile,
        [&](const fs::path&) { return check_attack(folder, manifest.settings, rows); });
  for (const char* of_an_attack : {kAttackSettingsFile, kAttackCurveFile}) {
    if (fs::exists(folder / of_an_attack) && !fs::exists(folder / kAttackFile)) {
      report.findings.push_back({(folder / of_an_attack).string(),
                                 fmt::format("is of an attack, and {} is gone", kAttackFile)});
    }
  }
  return report;
}

}  // namespace

VerifyReport verify_run(const fs::path& folder, const VerifyExtent& extent) {
  const Manifest manifest = manifest_of(folder);
  const RunSettings& s = manifest.settings;
  const fs::path samples = folder / kSamplesFile, manifest_file = folder / kManifestFile;
  const fs::path file = folder / (s.method == "predict" ? kPredictionsFile : kCertificatesFile);
  const std::vector<StatedRow> rows = read_rows(file);
  const RowTerms terms{.settings = s, .from = class_from(s.select), .map = map_facts_of(folder, s)};
  const std::vector<StatedRadii> radii = read_radii(s.method, folder / kRadiiFile);
  RunCheck check(file, terms, rows, radii);
  RecordCheck records(samples, s);
  const SampleLogState log = read_sample_log(samples, record_shape(s), [&](ImageSamples image) {
    records.add(image);
    check.add(std::move(image));
  });
  const bool complete = manifest.state == "complete";
  VerifyReport report = check.finish(complete ? manifest.images : -1, manifest.state);
  report.add(check_manifest(manifest_file, manifest, records, log.hash.hex()));
  report.add(check_at_hand(manifest_file, manifest, records, extent.at_hand));
  report.add(std::move(records).report());
  if (!fs::exists(samples)) report.findings.push_back({samples.string(), "is missing"});
  if (log.damaged_last_line && complete) {
    report.findings.push_back({samples.string(), "its last line is damaged, and not counted"});
  }
  if (!complete) {
    report.notes.push_back(fmt::format("{}: the run is not finished ({}); {} images are stored",
                                       folder.string(), manifest.state, log.records));
  }
  if (complete && extent.results && !rows.empty()) {
    report.add(check_results(folder, manifest, rows, radii));
  }
  if (const checker::Real price = checker::noise_price(s); price > 0) {
    report.notes.push_back(
        fmt::format("{}: exact noise costs {:.3g} of alpha {}; bounds use the rest", file.string(),
                    static_cast<double>(price), s.alpha));
  }
  if (s.batch_dependent) {
    report.notes.push_back(fmt::format("{}: {}", folder.string(), kBatchDependentMark));
  }
  report.put_causes_first();
  return report;
}

VerifyReport verify_rows(const fs::path& file, std::optional<ClassFrom> from) {
  VerifyReport report;
  const std::vector<StatedRow> rows = read_rows(file);
  if (!from) from = recorded_choice(file);
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
    ++report.alone;
    const Checkable possible = checkable(row.method);
    if (possible == Checkable::kWithScores || possible == Checkable::kWithGradient) {
      ++report.in_part;
    }
  }
  std::set<std::string> rules;
  for (const std::string& method : report.methods) rules.insert(method.substr(0, method.find(' ')));
  if (rules.size() > 1) {
    report.notes.push_back(fmt::format(
        "{}: rows of {} methods: who picks the best of them for an image by its samples must pay "
        "for that out of alpha, which rows cannot show",
        file.string(), rules.size()));
  }
  return report;
}

VerifyReport verify_path(const fs::path& path, std::optional<ClassFrom> from,
                         const VerifyExtent& extent) {
  if (!fs::is_directory(path)) return verify_rows(path, from);
  if (fs::exists(path / kManifestFile)) return verify_run(path, extent);
  return verify_recertified(path, from, extent.results,
                            [&](const fs::path& rows) { return verify_rows(rows, from); });
}

}  // namespace certify
