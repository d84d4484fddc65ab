#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/curves/radius_log.h"
#include "core/report/tables/text.h"
#include "core/report/tables/value_names.h"

namespace certify {

struct ChartOptions {
  std::string title;
  std::string x_label = kRadiusLabel;
  std::string y_label = "certified accuracy";
  /// A band down to what holds at each radius with probability 1 - rho
  /// (core/curves/certified_accuracy.h), under curves of logs that state their alpha; 0 for none.
  double rho = 0;
  Rounding rounding = Rounding::kDown;  ///< of accuracies on hover and of averages in the legend
  int width = 720;  ///< of the drawing, in px, from 320 to 4000; text keeps its size whatever it is
};

/// Certified accuracy against the radius as one stand-alone SVG: a step curve for each log, told
/// apart by colour (safe for the colour-blind) and by dashes, with a legend, values on hover, and a
/// dark variant where the viewer prefers one. The same logs give the same bytes. An attack's
/// curves are thin and end where the attack did.
/// @throws InputError for no logs, a log without rows, or a width out of range.
std::string curve_svg(std::span<const RadiusLog> logs, const ChartOptions& options = {});

}  // namespace certify
