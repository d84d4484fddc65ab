#pragma once
/// What a report of one run, of a sweep or of anybody's logs shows, and the page that shows it:
/// one file, no network, readable on a phone and in the dark.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/curves/radius_log.h"
#include "core/report/figures/svg.h"
#include "core/report/tables/marked_table.h"

namespace certify {

/// One figure or table. A figure has logs, a table has cells.
struct ReportOutput {
  std::string name;  ///< of its files beside the page
  std::string title, caption;
  /// What the logs' radii measure. A figure of something else (a margin, an ℓ1 radius, an area)
  /// says so here.
  std::string x_label = ChartOptions().x_label;
  std::vector<RadiusLog> logs{};
  std::string y_label = ChartOptions().y_label;
  double rho = 0;               ///< of the bands in a figure; 0: none
  std::string picture_title{};  ///< of the figure's file, where it stands by itself; empty: title
  MarkedTable table{};
  enum class Drawing {
    kCurve,         ///< certified accuracy: curve_svg(), curve_tsv()
    kDistribution,  ///< distribution_svg(), distribution_tsv(); of radii
  } drawing = Drawing::kCurve;
  Rounding rounding = Rounding::kDown;  ///< of numbers in a figure
};

struct ReportMethod {
  std::string name, source, guarantee;
};

/// Names and values, in the order shown.
using ReportSettings = std::vector<std::pair<std::string, std::string>>;

struct ReportTile {
  std::string value, what;
};

/// Images of one run.
struct ReportImages {
  std::string name;
  std::vector<RadiusRow> rows{};
};

/// All that the page shows. It knows nothing else: the same struct gives the same bytes. A run, a
/// sweep and any logs fill it; nothing is drawn for one of them alone.
struct Report {
  std::string title, description;
  std::vector<std::string> findings{};  ///< what must not be believed, in red
  std::vector<std::string> warnings{};
  std::vector<ReportTile> tiles{};
  std::string tiles_note{};
  std::vector<ReportOutput> outputs{};
  MarkedTable runs{};  ///< what tells them apart
  /// Of every certificate, where all agree; decide how "what a certificate means" is put. Empty
  /// where they do not, both empty in a report of no certificates.
  std::string alpha, sigma;
  std::string input{};  ///< what is done to a noisy input, where all agree; empty for nothing
  std::string value = "radius";  ///< that the images have, in a word or two
  /// What the values are where they are no ℓ2 radii (value_names.h); empty where they are.
  std::string unusual_values{};
  std::string norm = "l2";               ///< of the radii, where the values are some
  std::string noise = "Gaussian noise";  ///< that smooths the classifier
  bool levels_only = false;              ///< see NoiseFamily
  bool certain = false;                  ///< nothing was left to chance
  bool other_regions = false;            ///< a run certifies more than a ball in ℓ2
  /// Whether a run certifies which class has the largest mean score, and whether one certifies
  /// which has most votes, as one does of which neither is known.
  bool of_scores = false, of_votes = true;
  std::vector<ReportMethod> methods{};
  ReportSettings settings{};  ///< that all runs share
  /// By run, what is too much for a column each in `runs`.
  std::vector<std::pair<std::string, ReportSettings>> settings_by_run{};
  std::vector<ReportImages> images{};
  std::vector<std::string> class_names{};  ///< by label; may be empty or short
};

/// One HTML file that needs nothing else and asks for nothing, on a screen of any width, light or
/// dark, or on paper. All text handed in is escaped. @throws InputError for a log without rows or
/// with a radius that is negative or not finite.
std::string html_report(const Report& report);

/// Formats of tables beside .tsv.
struct TableFormats {
  bool markdown = false, latex = false, csv = false;
};

/// The page as report.html, and beside it each figure and table in files of its own. Each is
/// replaced atomically. @throws IoError; InputError as html_report().
void write_report(const Report& report, const std::filesystem::path& folder,
                  const TableFormats& formats);

}  // namespace certify
