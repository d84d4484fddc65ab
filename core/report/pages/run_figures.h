#pragma once
/// The figures of a report of runs: certified accuracy against the ℓ2 radius and against what else
/// the runs certify.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/report/pages/runs_report.h"

namespace certify {

/// What a figure of these logs shows, band and attacks included.
std::string figure_caption(std::span<const RadiusLog> logs, double rho);
/// The same of a blanket (core/curves/areas.h).
inline constexpr const char* kBlanketCaption =
    "Each run is a point: the mean log area of the images that it certifies with their label, and "
    "their share of all images. Drawn is the best run at each area. Which one that is was chosen "
    "by these very results: this is a picture of a trade-off, and no certificate.";
inline constexpr const char* kBlanketLabel = "clean accuracy";  // of its axis

/// Log certified areas of a run; with one sigma they follow from its radii. Nothing of a log that
/// does not say how large its images are.
std::optional<RadiusLog> log_areas_of(const ReportedRun& run);

/// `curve`, with bands and attacks. Where a run has a map of sigma, `areas`: all runs on images of
/// this size over log certified areas; of three runs or more `blanket`: the best at each area.
/// Where a run has radii in other norms, `curve_l1`, `curve_linf`, and `curve_parts` (colour
/// channels and masks): all runs of ours beside it, as an ℓ2 radius says something there too; one
/// run by itself beside what is certified of it without the gradient.
/// @throws InputError for a log without rows.
std::vector<ReportOutput> figures_of(std::span<const ReportedRun> runs,
                                     const RunsReportOptions& options);

/// `distribution`: how the images of each run are distributed over its radii, and over p_lower
/// where its method bounds the class by itself and not a margin alone (Method::bounds_margin). The
/// p_lower of a margin bounds no probability: beside that of others it would look like a bound on
/// the class. Of first-order runs and maps of σ it is the bound it says it is.
ReportOutput distribution_figure(std::span<const ReportedRun> runs);

}  // namespace certify
