#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/samples.h"
#include "core/configs/option_values.h"
#include "core/report/figures/image_card.h"
#include "core/runs/manifest.h"

namespace certify {

/// The name of a class, or "class K" for one without.
std::string class_name(const std::vector<std::string>& names, int label);

/// The stored samples of one image. @param run  gets the manifest
/// @throws DataError where the run cannot be read or has no samples of the image.
ImageSamples read_image(const std::string& folder, std::int64_t image, Manifest& run);

/// What a run knows of one image: its counts, its radii by every method that its samples
/// allow, its row, its mean gradient where that was kept, and its picture where the run's data is at hand
/// (otherwise a warning says why not).
/// @param data_options  where the data lies, if not where it lay
/// @throws as read_image().
ImageCard card_of(const std::string& run, std::int64_t image, const OptionSet& data_options);

}  // namespace certify
