#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/sigma_map/sigma_map.h"

namespace certify {

/// Of a .npy file (1.0 to 3.0, little-endian, C order): float32 or float64, C × H × W.
/// @throws DataError naming the file, and what is wrong: no such file, cut short, another type or
/// order, an element (by index) that is not positive and finite.
SigmaMap read_sigma_map(const std::filesystem::path& file);
/// The same, and @throws DataError for another shape than this.
SigmaMap read_sigma_map(const std::filesystem::path& file, const ImageShape& shape);

/// Whether it is a .pt or .pth file, which only LibTorch reads (models/sigma_map_tensor.h).
bool holds_tensor(const std::filesystem::path& file);

/// @throws DataError naming the file, where the map is of another shape.
void require_shape(const SigmaMap& map, const ImageShape& shape, const std::filesystem::path& file);

/// What a map goes by: its file's name without the extension; of a sigma.npy, as `learn-sigma`
/// calls them all, its folder's.
std::string name_of_map(const std::filesystem::path& file);

/// As .npy 1.0, float64, C × H × W: the bytes that `sha256` is of. A run keeps its map in this one
/// form. So float32, float64 and .pt of the same values are the same setting, and `sha256sum
/// sigma_map.npy` is what the manifest says. Recertifying or verifying needs no file that may have
/// moved.
std::string to_npy(const SigmaMap& map);
/// @throws IoError.
void write_sigma_map(const std::filesystem::path& file, const SigmaMap& map);

}  // namespace certify
