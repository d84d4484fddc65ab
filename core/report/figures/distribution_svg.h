#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "core/curves/radius_log.h"
#include "core/report/figures/svg.h"

namespace certify {

/// Runs that a picture of distributions has room for; the others are named as left out.
inline constexpr std::size_t kMostDistributions = 12;

/// How the images of each log are distributed over p_lower, where a log has it, and over the radius
/// (core/curves/distribution.h), as one stand-alone SVG: for each log stacked histograms of shares
/// of its images, correct ones below, wrong ones above these, abstained ones on top. All logs have
/// the same axes. Abstained images, which have no radius, have a bar of their own before its zero.
/// Counts on hover, a dark variant where the viewer prefers one, one column of panels where it is
/// narrow. The same logs give the same bytes.
/// @param options  its title, width, and x_label of the radii; the others are not used
/// @throws InputError for no logs, a width out of range, and as distributions_of().
std::string distribution_svg(std::span<const RadiusLog> logs, const ChartOptions& options = {});

}  // namespace certify
