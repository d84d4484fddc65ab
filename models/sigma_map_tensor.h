#pragma once

#include <filesystem>

#include "core/sigma_map/sigma_map.h"

namespace certify {

/// A map of sigma as users keep them: .npy, or a .pt or .pth file with one tensor C × H × W
/// (`torch.save(sigma, f)`), of any floating-point type.
/// @throws DataError naming the file, and what is wrong with it.
SigmaMap open_sigma_map(const std::filesystem::path& file);

}  // namespace certify
