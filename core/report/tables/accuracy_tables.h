#pragma once
/// The tables of papers on randomized smoothing: runs against radii.

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "core/curves/radius_log.h"
#include "core/report/tables/marked_table.h"
#include "core/report/tables/text.h"

namespace certify {

struct AccuracyTableOptions {
  std::string corner = "radius ≥";  ///< heading of the logs
  bool average = true;  ///< with the average certified radius, and what the top 10 % carry of it
  double rho = 0;       ///< of the bounds under the accuracies; 0: none
  Rounding rounding = Rounding::kDown;
};

/// A row a log, a column a radius: certified accuracy, with a lower bound on the accuracy itself
/// where a band follows from the log (the exact form of theorem 5 of Cohen et al., 2019). Logs that
/// are no certificates are never the best.
/// @throws InputError for a log without rows, as all below.
MarkedTable accuracy_table(std::span<const RadiusLog> logs, std::span<const double> at,
                           const AccuracyTableOptions& options = {});

/// What each log has over its baseline, of the same images: differences of certified accuracy and
/// of the average radius. Logs without a baseline have no row; without any the table is empty.
/// @param baselines  for each log the number of its baseline among the logs, if it has one
MarkedTable gain_table(std::span<const RadiusLog> logs,
                       std::span<const std::optional<std::size_t>> baselines,
                       std::span<const double> at, const AccuracyTableOptions& options = {});

/// One log, a row a radius: accuracy, images, and where rho is not 0 and a band follows from the
/// log, lower bounds on the accuracy itself: theorem 5 of Cohen et al. (2019), as papers print it,
/// and its exact form.
TextTable bounds_table(const RadiusLog& log, std::span<const double> at, double rho,
                       Rounding rounding = Rounding::kDown);

}  // namespace certify
