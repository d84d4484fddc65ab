#pragma once
/// How the curves of a chart are told apart; a part of svg.cpp.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/curves/accuracy_band.h"
#include "core/curves/certified_accuracy.h"
#include "core/curves/radius_log.h"

namespace certify {

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
