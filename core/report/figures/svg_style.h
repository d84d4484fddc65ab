#pragma once
/// How charts look: their colours and style, and how curves are told apart.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/curves/accuracy_band.h"
#include "core/curves/certified_accuracy.h"
#include "core/curves/radius_log.h"

namespace certify {

/// A generous mean of 13 px text: names are shortened to fit.
inline constexpr double kCharWidth = 7;

/// The colours of curves on a light panel, over and over. Those on a dark one are in chart_style(),
/// of the classes cN (stroke) and bN (fill), N < 6.
const char* ink(std::size_t i);

struct ChartCurve {
  CertifiedAccuracy accuracy;
  std::string name;  ///< short
  bool attack;
  std::optional<AccuracyBand> band;
  std::string ink;        ///< colour on a light panel
  std::string ink_class;  ///< CSS class whose rule in chart_style() has the colour on a dark one
  std::string dash;       ///< stroke-dasharray; empty for a solid line
};

/// @param rho  of the bands; 0 for none
std::vector<ChartCurve> style_curves(std::span<const RadiusLog> logs, double rho);

/// The <style> element. The light colours are attributes of the elements, which every program
/// understands; it holds only what attributes cannot say.
std::string chart_style();

}  // namespace certify
