#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/base/certificate.h"
#include "core/curves/radius_log.h"

namespace certify {

/// All that a run's report shows. It knows nothing else: the same struct gives the same bytes.
struct RunReport {
  std::string title;
  std::vector<std::pair<std::string, std::string>> settings{};  ///< name, value, in the order shown
  RadiusLog log{};                                              ///< what the curve is drawn from
  std::vector<Certificate> certificates{};  ///< of the same images; may be empty
  std::vector<std::string> warnings{};
  std::vector<std::string> class_names{};  ///< by label; may be empty or short
};

/// One HTML file that needs nothing else, on a screen of any width, light or dark, or on paper: the
/// curve, certified accuracies (rounded down), what a certificate means, settings, the slowest and
/// the abstained images. All text handed in is escaped. A run without images gives a page that says
/// so. @throws InputError for a radius in the log that is negative or not finite.
std::string html_report(const RunReport& report);

}  // namespace certify
