#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/image.h"
#include "core/noise/families.h"
#include "data/images/rgb_image.h"

namespace certify {

/// What a network is shown of an image: noisy, and cut to [0, 1], with the noise of the first
/// estimation sample of a run with this seed. σ = 0 is the image itself. @param image  1 or 3
/// channels
RgbImage noisy_picture(const LabeledImage& image, const Noise& noise, std::uint64_t seed);

/// Images by noise (Cohen et al. 2019, appendix K): a row an image, a column a σ, small ones
/// magnified by a whole number.
struct NoiseSheet {
  RgbImage picture;
  int tile_width = 0, tile_height = 0, gap = 0;  ///< in pixels; a gap before each tile and the end
};
/// @param images  of one shape, at least one   @param sigmas  at least one, none negative
/// @throws InputError for a sheet of more than kMostPixels pixels.
NoiseSheet noise_sheet(std::span<const LabeledImage> images, const NoiseFamily& family,
                       std::span<const double> sigmas, std::uint64_t seed);

/// The sheet as SVG, with each σ above its column and a name beside each row.
std::string noise_sheet_svg(const NoiseSheet& sheet, std::span<const double> sigmas,
                            const std::vector<std::string>& names);

}  // namespace certify
