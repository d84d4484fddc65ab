#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/norm.h"
#include "core/report/logs/cohen_log.h"
#include "core/report/logs/python_format.h"

namespace certify {
namespace {

/// A clock that went backwards must not cost a finished image its row.
double time_of(const Certificate& c) {
  return c.seconds > 0 && std::isfinite(c.seconds) ? c.seconds : 0.0;
}

std::string ellipsoid_columns(const Certificate& c) {
  if (!c.ellipsoid) return "";
  return fmt::format("\t{}\t{}\t{}", c.ellipsoid->radius, c.ellipsoid->log_area,
                     c.ellipsoid->log_volume);
}

std::string noise_column(const Certificate& c) {
  return c.noise_alpha > 0 ? fmt::format("\t{}", c.noise_alpha) : "";
}

bool proven(const NamedRadius& r) {
  return std::any_of(r.proof.begin(), r.proof.end(), [](double x) { return x != 0; });
}

std::string radii_header(const std::vector<NamedRadius>& radii) {
  std::string text = "idx\tlabel\tpredict";
  for (const NamedRadius& r : radii) text += "\tradius_" + r.name;
  text += "\tcorrect\ttime";
  for (const NamedRadius& r : radii) text += "\tproof_" + r.name;
  return text + "\n";
}

std::string radii_row(const Certificate& c) {
  std::string text = fmt::format("{}\t{}\t{}", c.index, c.label, c.predicted);
  for (const NamedRadius& r : c.radii) text += fmt::format("\t{}", r.radius);
  text += fmt::format("\t{:d}\t{}", c.correct(), python_timedelta(time_of(c)));
  for (const NamedRadius& r : c.radii) {
    text += "\t" + (proven(r) ? fmt::format("{}", fmt::join(r.proof, ",")) : std::string("-"));
  }
  return text + "\n";
}

/// What parse_cohen_log() makes of the certificate's row: its time in whole microseconds.
RadiusRow to_radius_row(const Certificate& c) {
  return {c.index,  c.label,       c.predicted,
          c.radius, c.correct(),   std::nearbyint(time_of(c) * 1e6) / 1e6,
          c.n_top,  c.n_runner_up, c.n,
          c.p_lower};
}

}  // namespace

RowColumns columns_of(const MethodOptions& options) {
  return {.ellipsoid = options.noise.map != nullptr,
          .noise_alpha = options.noise_alpha > 0,
          .norm = options.noise.family->norm};
}

std::string certificates_header(RowColumns columns) {
  return fmt::format(
      "idx\tlabel\tpredict\t{}\tcorrect\ttime\t"
      "{}\tp_lower\tp_upper\tn_top\tn_runner_up\tn\talpha\tsigma\tmethod{}{}\n",
      radius_column(columns.norm), full_radius_column(columns.norm),
      columns.ellipsoid ? "\tradius_mahalanobis\tlog_area\tlog_volume" : "",
      columns.noise_alpha ? "\tnoise_alpha" : "");
}

std::string certificates_row(const Certificate& c) {
  return fmt::format("{}\t{}\t{}\t{}\t{:d}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}{}{}\n", c.index,
                     c.label, c.predicted, python_radius_rounded_down(c.radius), c.correct(),
                     python_timedelta(time_of(c)), c.radius, c.p_lower, c.p_upper, c.n_top,
                     c.n_runner_up, c.n, c.alpha, c.sigma, c.method, ellipsoid_columns(c),
                     noise_column(c));
}

std::string predictions_header(RowColumns columns) {
  return fmt::format(
      "idx\tlabel\tpredict\tcorrect\ttime\tn_top\tn_runner_up\tn\talpha\tsigma\tmethod{}\n",
      columns.noise_alpha ? "\tnoise_alpha" : "");
}

std::string predictions_row(const Certificate& c) {
  return fmt::format("{}\t{}\t{}\t{:d}\t{}\t{}\t{}\t{}\t{}\t{}\t{}{}\n", c.index, c.label,
                     c.predicted, c.correct(), python_timedelta(time_of(c)), c.n_top, c.n_runner_up,
                     c.n, c.alpha, c.sigma, c.method, noise_column(c));
}

std::string radii_tsv(const std::vector<Certificate>& certificates) {
  if (certificates.empty() || certificates.front().radii.empty()) return {};
  std::string text = radii_header(certificates.front().radii);
  for (const Certificate& certificate : certificates) text += radii_row(certificate);
  return text;
}

RadiusLog to_radius_log(std::span<const Certificate> certificates) {
  RadiusLog log;
  std::set<std::string_view> methods;
  for (const Certificate& c : certificates) {
    log.rows.push_back(to_radius_row(c));
    log.alpha = std::max(log.alpha, c.alpha);
    methods.insert(c.method);
    log.norm = c.norm;
  }
  log.methods.assign(methods.begin(), methods.end());
  return log;
}

}  // namespace certify
