#include "apps/certify/run/run_results.h"

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/curves/certified_accuracy.h"
#include "core/curves/radii.h"
#include "core/methods/catalogue.h"
#include "core/report/figures/svg.h"
#include "core/report/logs/cohen_log.h"
#include "core/report/pages/html_report.h"
#include "core/report/tables/curve_tsv.h"
#include "core/report/tables/radii_tsv.h"
#include "core/report/tables/table.h"
#include "core/runs/run_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

bool predicts(const RunSettings& settings) { return settings.method == "predict"; }

std::string rows_header(bool predicting) {
  return predicting ? predictions_header() : certificates_header();
}
std::string row(const Certificate& certificate, bool predicting) {
  return predicting ? predictions_row(certificate) : certificates_row(certificate);
}
const char* rows_file(bool predicting) { return predicting ? kPredictionsFile : kCertificatesFile; }

/// What a run with --stop-at drew.
struct Drawn {
  std::int64_t images = 0, samples = 0;
  std::int64_t certified = 0, hopeless = 0;  ///< of the images

  void count(const ImageSamples& image) {
    ++images;
    samples += image.estimation.total();
    certified += image.stopped == StopReason::kCertified;
    hopeless += image.stopped == StopReason::kHopeless;
  }
};

struct CertifiedRun {
  Manifest manifest;
  std::vector<Certificate> certificates;
  Drawn drawn;
  std::int64_t without_samples = 0;  ///< images of which no sample is valid
};

CertifiedRun certify_stored(const fs::path& run) {
  CertifiedRun out;
  const Manifest stored = manifest_of(run);
  const Method& method = find_method(stored.settings.method, Unsound::kAllow);
  const MethodOptions options = stored.settings.method_options();
  out.manifest = read_run(run, [&](const ImageSamples& samples) {
    out.certificates.push_back(method.certify(samples, options));
    out.drawn.count(samples);
    out.without_samples += samples.estimation.invalid == samples.estimation.total();
  });
  return out;
}

std::string all_rows(const std::vector<Certificate>& certificates, bool predicting) {
  std::string text = rows_header(predicting);
  for (const Certificate& certificate : certificates) text += row(certificate, predicting);
  return text;
}

RadiusLog to_log(const CertifiedRun& run) {
  const RunSettings& s = run.manifest.settings;
  RadiusLog log;
  log.name = fmt::format("{}, σ = {}, {}", s.model, s.sigma, s.method);
  log.unsound = !find_method(s.method, Unsound::kAllow).sound;
  log.methods = {s.method};
  for (const Certificate& certificate : run.certificates) {
    log.rows.push_back(to_radius_row(certificate));
  }
  return log;
}

std::string describe_slice(const Manifest& m) {
  const RunSettings& s = m.settings;
  return fmt::format("{} {}: {} images, every {} from {}{}{}", s.dataset, s.split, m.images,
                     s.skip == 1 ? "one" : fmt::format("{}th", s.skip), s.start,
                     s.count < 0 ? "" : fmt::format(", at most {}", s.count),
                     s.shard.count == 1 ? "" : ", shard " + to_string(s.shard));
}

/// What stopping early saved, and what it did to the images.
std::string describe_stopping(const CertifiedRun& run) {
  const RunSettings& s = run.manifest.settings;
  const Drawn& drawn = run.drawn;
  const double mean = static_cast<double>(drawn.samples) / static_cast<double>(drawn.images);
  return fmt::format(
      "at {}: {:.0f} of {} samples drawn an image, {:.1f} times fewer; {} certified at all of "
      "them, "
      "{} given up, {} drew all",
      fmt::join(s.stop_at, ", "), mean, s.n, static_cast<double>(s.n) / mean, drawn.certified,
      drawn.hopeless, drawn.images - drawn.certified - drawn.hopeless);
}

constexpr const char* kStoppingCaveat =
    "beyond the radii asked for, the curve is lower than it would be with all samples";

std::vector<std::pair<std::string, std::string>> describe_settings(const CertifiedRun& run) {
  const Manifest& m = run.manifest;
  const RunSettings& s = m.settings;
  double seconds = 0;
  for (const RunSession& session : m.sessions) seconds += session.seconds;
  std::vector<std::pair<std::string, std::string>> rows = {
      {"images", describe_slice(m)},
      {"data sha256", s.dataset_sha256},
      {"model", s.model},
      {"model sha256", s.model_sha256},
      {"normalisation",
       s.normalize == "none" ? "none added (inside the model, if any)" : s.normalize},
      {"σ", fmt::format("{} (in units of the [0,1] input, before normalisation)", s.sigma)},
      {"n0", fmt::format("{}", s.n0)},
      {"n", fmt::format("{}", s.n)},
      {"α", fmt::format("{} for each image", s.alpha)},
      {"method", fmt::format("{} ({})", s.method, find_method(s.method, Unsound::kAllow).source)},
      {"class from", to_string(s.select)},
      {"seed", fmt::format("{}", s.seed)},
      {"noise", s.noise},
      {"device", fmt::format("{}, {}, batch {}", s.device, to_string(s.precision), s.batch)},
      {"LibTorch", s.libtorch},
      {"time", fmt::format("{:.1f} s in {} session{}", seconds, m.sessions.size(),
                           m.sessions.size() == 1 ? "" : "s")}};
  if (!s.stop_at.empty() && run.drawn.images > 0) {
    rows.emplace_back("stopped", describe_stopping(run) + "; " + kStoppingCaveat);
  }
  return rows;
}

std::vector<std::string> find_warnings(const CertifiedRun& run) {
  std::vector<std::string> warnings;
  AnswerCount answers(run.manifest.settings.classes);
  for (const Certificate& c : run.certificates) answers.add(c);
  if (const auto chance = answers.about_chance()) warnings.push_back(*chance);
  if (run.without_samples > 0) {
    warnings.push_back(
        fmt::format("{} of {} images have no valid sample, as is recorded of images that cannot be "
                    "read; they count as abstained",
                    run.without_samples, run.certificates.size()));
  }
  if (run.manifest.invalid_samples > 0) {
    warnings.push_back(
        fmt::format("{} samples had logits that are not finite; they count against "
                    "every certificate",
                    run.manifest.invalid_samples));
  }
  return warnings;
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

void write_curve_and_report(const fs::path& folder, const CertifiedRun& run, const RadiusLog& log,
                            const std::vector<std::string>& warnings) {
  const std::vector<RadiusLog> logs{log};
  const std::string title = describe_slice(run.manifest);
  replace_file(folder / kCurveTsvFile, curve_tsv(logs));
  ChartOptions chart;
  chart.title = title;
  replace_file(folder / kCurveSvgFile, curve_svg(logs, chart));
  RunReport report{title,    describe_settings(run),  log, run.certificates,
                   warnings, run.manifest.class_names};
  replace_file(folder / kReportFile, html_report(report));
}

}  // namespace

void AnswerCount::add(const Certificate& certificate) {
  ++images_;
  if (certificate.abstained()) return;
  ++answered_;
  correct_ += certificate.correct();
}

std::optional<std::string> AnswerCount::about_chance() const {
  const double chance = static_cast<double>(answered_) / classes_;
  if (images_ < kEnoughToTell || answered_ < images_ / 2 ||
      static_cast<double>(correct_) >= 1.5 * chance) {
    return std::nullopt;
  }
  return fmt::format(
      "{} of {} answers are right, which is about chance: is the normalisation right "
      "(--normalize), and the order of the classes?",
      correct_, answered_);
}

RowWriter::RowWriter(const fs::path& run, const RunSettings& settings)
    : file_(run / rows_file(predicts(settings))), predicts_(predicts(settings)) {
  replace_file(file_, all_rows(certify_stored(run).certificates, predicts_));
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
  const bool predicting = predicts(run.manifest.settings);
  replace_file(folder / rows_file(predicting), all_rows(run.certificates, predicting));
  if (const std::string radii = radii_tsv(run.certificates); !radii.empty()) {
    replace_file(folder / kRadiiFile, radii);
  }
  const auto warnings = find_warnings(run);
  for (const std::string& warning : warnings) logger.warn(warning);
  if (run.certificates.empty()) {
    out << "no images\n";
  } else if (predicting) {
    print_predictions(run, out);
    out << "\nrows: " << (folder / kPredictionsFile).string() << "\n";
  } else {
    const std::vector<RadiusLog> logs{to_log(run)};
    const std::vector<CertifiedAccuracy> curves{CertifiedAccuracy(logs[0])};
    print_table(out, certified_accuracy_table(logs, default_radii(curves)));
    if (!run.manifest.settings.stop_at.empty()) {
      out << "\nstopped " << describe_stopping(run) << "\n(" << kStoppingCaveat << ")\n";
    }
    write_curve_and_report(folder, run, logs[0], warnings);
    out << "\nrows:   " << (folder / kCertificatesFile).string()
        << "\nreport: " << (folder / kReportFile).string() << "\n";
  }
}

}  // namespace certify
