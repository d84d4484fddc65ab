#pragma once
/// Certified accuracy that holds: certificates fail with probability alpha each, so a share of the
/// images that were certified may have been certified by mistake.

#include <optional>
#include <ostream>
#include <span>

#include "core/curves/radius_log.h"

namespace certify {

/// Puts `typed` where the log does not say its alpha.
/// @throws InputError when neither says it, when they differ, for one outside (0, 1), and for a log
/// of a method that is no certificate: nothing follows from it.
void settle_alpha(RadiusLog& log, std::optional<double> typed);

/// For each log a table: the certified accuracy at each radius and two lower bounds on the share of
/// its images that truly are robust and correct there, rounded down: Cohen et al. (2019), theorem
/// 5, and the exact tail of the binomial, which is tighter. Each holds by itself with probability 1
/// - rho if each image had noise of its own; they do not all hold at once.
/// @throws InputError unless 0 < rho < 1.
void print_accuracy_bounds(std::ostream& out, std::span<const RadiusLog> logs,
                           std::span<const double> radii, double rho);

}  // namespace certify
