#pragma once
/// What the values of a log are called, on axes, in tables and in pages.

#include <span>
#include <string>
#include <string_view>

#include "core/curves/radius_log.h"

namespace certify {

/// The axis of radii as runs of Gaussian noise and logs of Cohen's family have them.
inline constexpr const char* kRadiusLabel = "ℓ2 radius (in units of the [0,1] input)";
/// Of radii in any norm: "ℓ1 radius (in units of the [0,1] input)".
std::string radius_label(std::string_view norm);

/// The axis of a chart over log_area or log_volume.
std::string label_of_log_area(std::string_view column);

/// One value: "radius", "ℓ1 radius", "log area", or the unit that was declared ("blur").
std::string value_name(const RadiusLog& log);

/// The same as the column of a file: "radius", "radius_l1", "log_area", or the unit.
std::string value_column(const RadiusLog& log);

/// Their mean over all images: "ACR" of ℓ2 radii, "ACR (ℓ1)", or "mean blur" of values that were
/// declared to be no radii. Of log areas, "mean of the correct".
std::string mean_name(const RadiusLog& log);

/// Whether that mean is an ACR: of radii, in whatever norm their column is, of images.
bool has_acr(const RadiusLog& log);

/// What the values are where they are not, or may not be, ℓ2 radii: the declared unit, another
/// norm, or the column that they are from. Empty for ℓ2 radii.
std::string unusual_values(const RadiusLog& log);

/// The axis that the logs share; an attack's has no say in it.
std::string axis_label(std::span<const RadiusLog> logs);

}  // namespace certify
