#include <cmath>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/report/logs/cohen_log.h"
#include "core/report/logs/python_format.h"

namespace certify {
namespace {

/// A clock that went backwards must not cost a finished image its row.
std::string time_column(double seconds) {
  return python_timedelta(seconds > 0 && std::isfinite(seconds) ? seconds : 0.0);
}

std::string ellipsoid_columns(const Certificate& c) {
  if (!c.ellipsoid) return "";
  return fmt::format("\t{}\t{}\t{}", c.ellipsoid->radius, c.ellipsoid->log_area,
                     c.ellipsoid->log_volume);
}

}  // namespace

std::string certificates_header(Region region) {
  return fmt::format(
      "idx\tlabel\tpredict\tradius\tcorrect\ttime\t"
      "radius_full\tp_lower\tp_upper\tn_top\tn_runner_up\tn\talpha\tsigma\tmethod{}\n",
      region == Region::kEllipsoid ? "\tradius_mahalanobis\tlog_area\tlog_volume" : "");
}

std::string certificates_row(const Certificate& c) {
  return fmt::format("{}\t{}\t{}\t{}\t{:d}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}{}\n", c.index,
                     c.label, c.predicted, python_radius_rounded_down(c.radius), c.correct(),
                     time_column(c.seconds), c.radius, c.p_lower, c.p_upper, c.n_top, c.n_runner_up,
                     c.n, c.alpha, c.sigma, c.method, ellipsoid_columns(c));
}

std::string predictions_header() {
  return "idx\tlabel\tpredict\tcorrect\ttime\tn_top\tn_runner_up\tn\talpha\tsigma\tmethod\n";
}

std::string predictions_row(const Certificate& c) {
  return fmt::format("{}\t{}\t{}\t{:d}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", c.index, c.label,
                     c.predicted, c.correct(), time_column(c.seconds), c.n_top, c.n_runner_up, c.n,
                     c.alpha, c.sigma, c.method);
}

RadiusRow to_radius_row(const Certificate& c) {
  return {c.index,   c.label, c.predicted,   c.radius, c.correct(),
          c.seconds, c.n_top, c.n_runner_up, c.n};
}

}  // namespace certify
