#pragma once

#include <filesystem>
#include <memory>

#include "core/base/image.h"
#include "core/base/normalization.h"
#include "models/learning/sigma_learning/sigma_learning.h"
#include "models/libtorch_settings.h"

namespace certify {

/// A network by LibTorch's autograd, in single precision and evaluation mode. No LibTorch type
/// shows here. Sets LibTorch's arithmetic for the whole process. Its calls throw DataError naming
/// the file where LibTorch fails.
/// @param options  device, output and denoiser are looked at
/// @throws DataError naming the file for what is no such network, or one through which no gradient
/// comes back.
std::unique_ptr<DifferentiableClassifier> open_network_gradient(const std::filesystem::path& file,
                                                                ImageShape shape,
                                                                const Normalization& normalization,
                                                                NetworkOptions options);

}  // namespace certify
