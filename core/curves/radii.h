#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/curves/radius_log.h"

namespace certify {

inline constexpr int kMaxRadii = 1000;

/// The radii of a table, rising and distinct, from `first:last:step` (last included when it is met)
/// or a list `0,0.25,0.5`. Plain decimals with at most 9 digits before and 6 after the point; each
/// radius is the double nearest to its decimal, so that 0:1:0.1 holds 0.3 and not 0.1+0.1+0.1.
/// @throws InputError for anything else, and for more than kMaxRadii radii.
std::vector<double> parse_radii(std::string_view text);

/// Log areas of a table, rising and distinct, from a list such as -7500,-7400: any finite numbers.
/// @throws InputError for anything else, and for more than kMaxRadii of them.
std::vector<double> parse_log_areas(std::string_view text);

/// Radii 0, step, 2·step, … up to the largest radius that any of the logs reaches; the step is
/// 0.25 in the range that papers print, finer or coarser when that gives too few or too many. Of
/// log areas about ten round numbers, from below the smallest that a correct image has.
std::vector<double> default_radii(std::span<const RadiusLog> logs);

}  // namespace certify
