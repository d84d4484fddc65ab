#pragma once
/// The tables of papers on randomized smoothing: runs against radii.

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "core/curves/radius_log.h"
#include "core/report/tables/marked_table.h"

namespace certify {

/// A row a log, a column a radius: certified accuracy, rounded down; then, if wanted, the mean
/// (value_names.h). Logs that are no certificates are never the best.
/// @param corner  heading of the logs: "radius ≥"
/// @throws InputError for a log without rows, as all below.
MarkedTable accuracy_table(std::span<const RadiusLog> logs, std::span<const double> at,
                           const std::string& corner, bool average);

/// What each log has over its baseline, of the same images: differences of certified accuracy and
/// of the average radius, rounded down. Logs without a baseline have no row; without any the table
/// is empty.
/// @param baselines  for each log the number of its baseline among the logs, if it has one
MarkedTable gain_table(std::span<const RadiusLog> logs,
                       std::span<const std::optional<std::size_t>> baselines,
                       std::span<const double> at, const std::string& corner);

/// One log, a row a radius: accuracy, images, and where rho is not 0 and a band follows from the
/// log, lower bounds on the accuracy itself: theorem 5 of Cohen et al. (2019) and its exact form.
TextTable bounds_table(const RadiusLog& log, std::span<const double> at, double rho);

/// A row a log from which a band follows: the exact lower bound at each radius.
MarkedTable exact_bound_table(std::span<const RadiusLog> logs, std::span<const double> at,
                              double rho, const std::string& corner);

}  // namespace certify
