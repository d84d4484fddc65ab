#pragma once
/// From runs of any program to a report: which figures and tables, and what goes into them.

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/noise/noise.h"
#include "core/report/pages/report.h"
#include "core/report/tables/text.h"

namespace certify {

struct ReportedRun {
  RadiusLog log;  ///< its name is the run's; names must differ
  /// Name and value of all that is known, hashes included; equal names mean the same thing.
  ReportSettings settings{};
  /// Equal for runs that differ in nothing but the method: one may be the other's baseline.
  std::string comparable{};
  std::vector<RadiusLog> attacks{};
  const NoiseFamily* noise =
      nullptr;                       ///< that smooths its classifier; null where that is not known
  std::int64_t dimension = 0;        ///< elements of an image; 0 where it is not known
  std::optional<RadiusLog> areas{};  ///< log certified areas, of a run with a map of sigma
  /// Of methods that have them: radii in other norms and in parts of the image, by name: l1, linf,
  /// R, … (core/methods/first_order.h). Of the images of `log`.
  std::vector<std::pair<std::string, RadiusLog>> radii{};
  std::vector<std::string> findings{}, warnings{}, class_names{};
};

struct RunsReportOptions {
  std::string title;
  double rho = kRho;            ///< of confidence bands and bounds; 0: none
  std::vector<double> radii{};  ///< of the tables; empty: chosen to fit
  std::string baseline{};       ///< a run's or a method's name; empty: cohen
  std::string picture_title{};  ///< of curve.svg; empty: what it shows
  Rounding rounding = Rounding::kDown;
};

/// The curve, the tables of run_tables.h, how the images are distributed, and the other figures of
/// run_figures.h.
/// @throws InputError for a log without rows or a baseline that no run has.
std::vector<ReportOutput> outputs_of(std::span<const ReportedRun> runs,
                                     const RunsReportOptions& options);

/// All of a report but its outputs: what the runs are, what their methods guarantee, their images.
Report describe_runs(std::span<const ReportedRun> runs, const RunsReportOptions& options);

/// Both.
Report runs_report(std::span<const ReportedRun> runs, const RunsReportOptions& options);

}  // namespace certify
