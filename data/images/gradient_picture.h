#pragma once

#include <span>

#include "core/base/image.h"
#include "data/images/rgb_image.h"

namespace certify {

/// What a grey change of each pixel does, as a picture of the image's size: the mean of the
/// gradient over a pixel's channels, white where it is zero, red where it is positive and blue
/// where it is negative, the stronger the larger, full for the largest of all.
/// @param gradient  H × W × C, all finite   @throws InputError for another number of entries.
RgbImage gradient_picture(const ImageShape& shape, std::span<const float> gradient);

}  // namespace certify
