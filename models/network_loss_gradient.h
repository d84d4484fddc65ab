#pragma once

#include <filesystem>
#include <memory>

#include "core/attack/loss_gradient.h"
#include "core/base/image.h"
#include "core/base/normalization.h"
#include "models/libtorch_settings.h"

namespace certify {

/// Of a network's file, in single precision. No LibTorch type shows here. Its calls throw DataError
/// naming the file where the network fails, and DeviceLost where the GPU does.
/// @throws DataError naming the file when it cannot be loaded or differentiated.
std::unique_ptr<LossGradient> open_loss_gradient(const std::filesystem::path& file,
                                                 ImageShape shape,
                                                 const Normalization& normalization,
                                                 const NetworkOptions& options);

}  // namespace certify
