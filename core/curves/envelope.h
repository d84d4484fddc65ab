#pragma once

#include <span>
#include <string>

#include "core/curves/radius_log.h"

namespace certify {

/// The largest certified accuracy of several logs at every radius, as the log whose curve that is:
/// where one of them certifies j images with at least r, so does this. Its rows are no images.
/// What it says holds of the best classifier at each radius, chosen by these very results.
/// @throws InputError for no logs, or logs of different numbers of images.
RadiusLog upper_envelope(std::span<const RadiusLog> logs, const std::string& name);

}  // namespace certify
