#pragma once
/// The scales of a network of 8 bits, set by what its values are on noisy images.

#include <filesystem>
#include <vector>

#include "core/base/image.h"
#include "core/noise/noise.h"
#include "models/network.h"

namespace certify {

/// @param images  with noise of a phase of their own added, so that no sample of a run is among
/// them
/// @return ranges for NetworkOptions
/// @throws DataError as open_network(), or where the network has no convolution of the engine's
std::vector<std::vector<Range>> calibrated_ranges(const std::filesystem::path& file,
                                                  const Normalization& normalization,
                                                  NetworkOptions options,
                                                  const std::vector<LabeledImage>& images,
                                                  const Noise& noise, std::uint64_t seed);

}  // namespace certify
