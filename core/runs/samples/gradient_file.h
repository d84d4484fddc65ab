#pragma once
/// gradients/<index>.npy: the average of z (1[f = c] - ½) in every coordinate, if it was asked for.

#include <filesystem>
#include <string>

#include "core/base/samples.h"

namespace certify {

/// Writes the mean durably, before the image's record: 1 × d float32, pixel by pixel, the channels
/// of a pixel together. @param folder  the run's
/// @return the file's SHA-256; empty for an image without a mean   @throws IoError
std::string write_gradient(const std::filesystem::path& folder, const ImageSamples& samples);

/// Reads it back into `samples`, of whose gradient it must be the mean.
/// @throws DataError naming the file that is missing, damaged, of another size, or whose largest
/// entry is not the one that the record names
void read_gradient(const std::filesystem::path& folder, const std::string& sha256,
                   ImageSamples& samples);

}  // namespace certify
