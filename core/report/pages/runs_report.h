#pragma once
/// From runs, whoever made them, to a report: which figures and tables, and what goes into them.

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/report/pages/report.h"

namespace certify {

/// Failure probability of bands and bounds, where nobody says otherwise.
inline constexpr double kRho = 0.001;

struct ReportedRun {
  RadiusLog log;  ///< its name is the run's; names must differ
  /// Name and value of all that is known, hashes included; equal names mean the same thing.
  ReportSettings settings{};
  /// Equal for runs that differ in nothing but the method: one may be the other's baseline.
  std::string comparable{};
  std::vector<RadiusLog> attacks{};
  std::vector<std::string> findings{}, warnings{}, class_names{};
};

struct RunsReportOptions {
  std::string title;
  double rho = kRho;            ///< of confidence bands and bounds; 0: none
  std::vector<double> radii{};  ///< of the tables; empty: chosen to fit
  std::string baseline{};       ///< a run's or a method's name; empty: cohen
  std::string x_label = ChartOptions().x_label;
  std::string picture_title{};  ///< of curve.svg; empty: what it shows
};

/// What a figure of these logs shows, band and attacks included.
std::string figure_caption(std::span<const RadiusLog> logs, double rho);
inline constexpr const char* kTableCaption = "Rounded down. Best of a column in bold.";

/// The figures and tables of papers: curves with bands, `curve`; certified accuracy, `accuracy`;
/// its lower bounds, `bounds`; what each run has over its baseline, `gain`.
/// @throws InputError for a log without rows or a baseline that no run has.
std::vector<ReportOutput> outputs_of(std::span<const ReportedRun> runs,
                                     const RunsReportOptions& options);

/// All of a report but its outputs: what the runs are, what their methods guarantee, their images.
Report describe_runs(std::span<const ReportedRun> runs, const RunsReportOptions& options);

/// Both.
Report runs_report(std::span<const ReportedRun> runs, const RunsReportOptions& options);

}  // namespace certify
