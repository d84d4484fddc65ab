#include "apps/certify/run/run_results.h"

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/curves/certified_accuracy.h"
#include "core/curves/radii.h"
#include "core/methods/catalogue.h"
#include "core/methods/certify_many.h"
#include "core/report/logs/cohen_log.h"
#include "core/report/pages/report_files.h"
#include "core/report/sources/reported_runs.h"
#include "core/report/sources/run_description.h"
#include "core/report/tables/radii_tsv.h"
#include "core/report/tables/table.h"
#include "core/report/tables/text.h"
#include "core/runs/run_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

bool predicts(const RunSettings& settings) { return settings.method == "predict"; }

Region region_of(const RunSettings& settings) {
  return settings.sigma_map.empty() ? Region::kBall : Region::kEllipsoid;
}
std::string rows_header(const RunSettings& settings) {
  return predicts(settings) ? predictions_header() : certificates_header(region_of(settings));
}
std::string row(const Certificate& certificate, bool predicting) {
  return predicting ? predictions_row(certificate) : certificates_row(certificate);
}
const char* rows_file(bool predicting) { return predicting ? kPredictionsFile : kCertificatesFile; }

struct CertifiedRun {
  Manifest manifest;
  std::optional<SigmaMap> map;  ///< of sigma
  std::vector<Certificate> certificates;
  SampleSummary summary;
};

CertifiedRun certify_stored(const fs::path& run) {
  CertifiedRun out;
  const Manifest stored = manifest_of(run);
  const Method& method = find_method(stored.settings.method, Unsound::kAllow);
  out.map = sigma_map_of(run, stored.settings);
  const MethodOptions options = stored.settings.method_options(out.map ? &*out.map : nullptr);
  out.manifest = read_run(run, [&](const ImageSamples& samples) {
    out.certificates.push_back(certify_one(samples, method, options));
    out.summary.count(samples);
  });
  return out;
}

std::string all_rows(const CertifiedRun& run) {
  const RunSettings& settings = run.manifest.settings;
  std::string text = rows_header(settings);
  for (const Certificate& c : run.certificates) text += row(c, predicts(settings));
  return text;
}

/// The areas are of the right answers: others certify nothing that anybody wants.
std::string describe_areas(const std::vector<Certificate>& certificates) {
  double area = 0, volume = 0, radius = 0;
  std::int64_t right = 0, abstained = 0;
  for (const Certificate& c : certificates) {
    abstained += c.abstained();
    if (c.abstained() || !c.correct()) continue;
    ++right;
    area += c.ellipsoid->log_area;
    volume += c.ellipsoid->log_volume;
    radius += c.ellipsoid->radius;
  }
  const auto count = static_cast<double>(right);
  const std::string means =
      right == 0 ? "no image is certified with its label"
                 : fmt::format(
                       "means over {} images certified with their label: Mahalanobis radius "
                       "{}, log certified area {}, log-volume {}",
                       right, rounded_down(radius / count), rounded_down(area / count),
                       rounded_down(volume / count));
  return fmt::format("{}; {} of {} abstain (area 0)", means, abstained, certificates.size());
}

void print_predictions(const CertifiedRun& run, std::ostream& out) {
  std::int64_t correct = 0, abstained = 0;
  for (const Certificate& c : run.certificates) {
    correct += c.correct();
    abstained += c.abstained();
  }
  print_table(out, {{"images", "correct", "abstained", "wrong"},
                    {{fmt::format("{}", run.certificates.size()), fmt::format("{}", correct),
                      fmt::format("{}", abstained),
                      fmt::format("{}", static_cast<std::int64_t>(run.certificates.size()) -
                                            correct - abstained)}}});
}

}  // namespace

RowWriter::RowWriter(const fs::path& run, const RunSettings& settings)
    : file_(run / rows_file(predicts(settings))), predicts_(predicts(settings)) {
  replace_file(file_, all_rows(certify_stored(run)));
  out_.open(file_, std::ios::app | std::ios::binary);
  if (!out_) throw IoError(fmt::format("{}: {}", file_.string(), std::strerror(errno)));
}

void RowWriter::append(const Certificate& certificate) {
  out_ << row(certificate, predicts_) << std::flush;
  if (!out_)
    throw IoError(fmt::format("{}: cannot write: {}", file_.string(), std::strerror(errno)));
}

void write_results(const fs::path& folder, std::ostream& out, spdlog::logger& logger) {
  const CertifiedRun run = certify_stored(folder);
  const RunSettings& settings = run.manifest.settings;
  const bool predicting = predicts(settings);
  replace_file(folder / rows_file(predicting), all_rows(run));
  if (const std::string radii = radii_tsv(run.certificates); !radii.empty()) {
    replace_file(folder / kRadiiFile, radii);
  }
  std::vector<RadiusRow> rows;
  for (const Certificate& certificate : run.certificates)
    rows.push_back(to_radius_row(certificate));
  for (const std::string& warning : find_warnings(run.manifest, rows, run.summary)) {
    logger.warn(warning);
  }
  if (run.certificates.empty()) {
    out << "no images\n";
  } else if (predicting) {
    print_predictions(run, out);
    out << "\nrows: " << (folder / kPredictionsFile).string() << "\n";
  } else {
    const std::vector<ReportedRun> reported = read_reported_runs(folder);
    const std::vector<RadiusLog> logs{reported[0].log};
    const std::vector<CertifiedAccuracy> curves{CertifiedAccuracy(logs[0])};
    print_table(out, certified_accuracy_table(logs, default_radii(curves)));
    if (run.map) out << "\n" << describe_areas(run.certificates) << "\n";
    if (!settings.stop_at.empty()) {
      out << "\nstopped " << describe_stopping(settings, run.summary) << "\n(" << kStoppingCaveat
          << ")\n";
    }
    const std::string title = describe_slice(run.manifest);
    write_report(runs_report(reported, {.title = title, .picture_title = title}), folder, {});
    out << "\nrows:   " << (folder / kCertificatesFile).string()
        << "\nreport: " << (folder / kReportFile).string() << "\n";
  }
}

}  // namespace certify
