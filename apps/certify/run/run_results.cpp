#include "apps/certify/run/run_results.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "core/base/files.h"
#include "core/curves/radii.h"
#include "core/report/logs/cohen_log.h"
#include "core/report/pages/report.h"
#include "core/report/sources/reported_runs.h"
#include "core/report/sources/run_description.h"
#include "core/report/tables/table.h"
#include "core/report/tables/text.h"
#include "core/runs/run_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

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

void print_predictions(const std::vector<Certificate>& certificates, std::ostream& out) {
  const auto images = std::ssize(certificates);
  const auto correct = std::ranges::count_if(certificates, &Certificate::correct);
  const auto abstained = std::ranges::count_if(certificates, &Certificate::abstained);
  print_table(
      out, {{"images", "correct", "abstained", "wrong"},
            {{fmt::format("{}", images), fmt::format("{}", correct), fmt::format("{}", abstained),
              fmt::format("{}", images - correct - abstained)}}});
}

}  // namespace

RunResults::RunResults(const RunSettings& settings, const SigmaMap* map)
    : certify_(settings, map),
      columns_(columns_of(certify_.options())),
      predicts_(settings.method == "predict") {}

std::string RunResults::row(const Certificate& certificate) const {
  return predicts_ ? predictions_row(certificate) : certificates_row(certificate);
}

const Certificate& RunResults::add(const ImageSamples& samples) {
  const Certificate& certificate = certificates_.emplace_back(certify_(samples));
  summary_.count(samples);
  if (!rows_.is_open()) return certificate;
  rows_ << row(certificate) << std::flush;
  if (!rows_) throw_io_error(file_, "write");
  return certificate;
}

void RunResults::begin_rows(const fs::path& run) {
  file_ = run / (predicts_ ? kPredictionsFile : kCertificatesFile);
  std::string text = predicts_ ? predictions_header(columns_) : certificates_header(columns_);
  for (const Certificate& certificate : certificates_) text += row(certificate);
  replace_file(file_, text);
  rows_.open(file_, std::ios::app | std::ios::binary);
  if (!rows_) throw_io_error(file_, "open");
}

void RunResults::finish(const Manifest& manifest, std::ostream& out, spdlog::logger& logger,
                        bool chance_was_said) const {
  const fs::path folder = file_.parent_path();
  if (const std::string radii = radii_tsv(certificates_); !radii.empty()) {
    replace_file(folder / kRadiiFile, radii);
  }
  const std::vector<ReportedRun> runs{reported_run(folder, manifest, certificates_, summary_)};
  for (const std::string& warning : runs[0].warnings) {
    if (!chance_was_said || !AnswerCount::is_about_chance(warning)) logger.warn(warning);
  }
  if (certificates_.empty()) {
    out << "no images\n";
    return;
  }
  if (predicts_) {
    print_predictions(certificates_, out);
    out << "\nrows: " << file_.string() << "\n";
    return;
  }
  const std::vector<RadiusLog> logs{runs[0].log};
  print_table(out, certified_accuracy_table(logs, default_radii(logs)));
  if (columns_.ellipsoid) out << "\n" << describe_areas(certificates_) << "\n";
  if (!manifest.settings.stop_at.empty()) {
    out << "\nstopped " << describe_stopping(manifest.settings, summary_) << "\n("
        << kStoppingCaveat << ")\n";
  }
  const std::string title = describe_slice(manifest);
  write_report(runs_report(runs, {.title = title, .picture_title = title}), folder, {});
  out << "\nrows:   " << file_.string() << "\nreport: " << (folder / kReportFile).string() << "\n";
}

}  // namespace certify
