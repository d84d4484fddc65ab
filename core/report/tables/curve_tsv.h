#pragma once

#include <span>
#include <string>

#include "core/curves/radius_log.h"

namespace certify {

/// The curves as a plotting program wants them, tab-separated with a header, at full precision.
/// One log gives `radius accuracy`; the rows of several follow each other under `run radius
/// accuracy`. The radius may have another name: `log_area`, or the unit that was declared. A row
/// means that `accuracy` holds up to and including `radius`, down to the radius of the row before:
/// Matplotlib's step(where="pre"), gnuplot's fillsteps. Each curve starts at radius 0, and ends in
/// accuracy 0 at the first double above its largest radius (an attack's does not: what it would
/// have found there is not known).
/// @param rho  not 0: with a column `at_least`, what holds of the accuracy itself at each radius
/// with probability 1 - rho (core/curves/certified_accuracy.h); empty where the log has no band
/// @throws InputError for a log without rows.
std::string curve_tsv(std::span<const RadiusLog> logs, double rho = 0);

}  // namespace certify
