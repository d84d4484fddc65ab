#pragma once
/// The best of several curves, and curves over certified areas, where noise of one σ stands beside
/// maps of sigma. Source: Tecot, Hsieh, Zhang & Gu, figures 1 to 3.

#include <cstdint>
#include <span>
#include <string>

#include "core/curves/radius_log.h"

namespace certify {

/// The log areas D ln r of the balls that a log of ℓ2 radii certifies; with `volume`, the
/// logarithms of their volumes. Rounded down. An image with radius 0 counts as abstained.
/// @param dimension  D, the elements of an image
RadiusLog areas_of_balls(const RadiusLog& radii, std::int64_t dimension, bool volume);

/// The largest certified accuracy of several logs at every radius, as the log whose curve that is:
/// where one of them certifies j images with at least r, so does this. Its rows are no images.
/// What it says holds of the best classifier at each radius, chosen by these very results.
/// @throws InputError for no logs, or logs of different numbers of images.
RadiusLog upper_envelope(std::span<const RadiusLog> logs, const std::string& name);

/// "Blanket" of runs that trade accuracy for area (other initial σ): at each log area, the largest
/// clean accuracy of a run whose mean log area, over the images that it certifies with their label,
/// is at least that. As the log whose curve that is; its rows are no images. What it says holds of
/// the run that is best at each area, chosen by these very results.
/// @throws InputError for no logs, or logs of radii or of different numbers of images.
RadiusLog blanket(std::span<const RadiusLog> logs, const std::string& name);

}  // namespace certify
