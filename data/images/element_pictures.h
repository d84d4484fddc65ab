#pragma once
/// Pictures of what an image's elements have: a gradient, a σ.

#include <span>

#include "core/base/image.h"
#include "core/sigma_map/sigma_map.h"
#include "data/images/rgb_image.h"

namespace certify {

/// What a grey change of each pixel does, as a picture of the image's size: the mean of the
/// gradient over a pixel's channels, white where it is zero, red where it is positive and blue
/// where it is negative, the stronger the larger, full for the largest of all.
/// @param gradient  H × W × C, all finite   @throws InputError for another number of entries.
RgbImage gradient_picture(const ImageShape& shape, std::span<const float> gradient);

/// The σ that is white on its picture: 98 of 100 elements have it or a smaller one, as a few that
/// the network does not look at may have grown far beyond all others. The largest, where so many
/// elements have the smallest.
double whitest_sigma(const SigmaMap& map);

/// A map of sigma as a picture: on one linear scale, black the smallest σ and white the whitest
/// and all above (grey where all are equal). Of one channel one panel; of three, the map as a
/// colour picture and then each channel in grey; of other numbers the mean over the channels and
/// then each of them. Small maps are magnified by a whole number.
/// @throws InputError for a picture of more than kMostPixels pixels.
RgbImage sigma_map_picture(const SigmaMap& map);

}  // namespace certify
