#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/base/image.h"
#include "core/base/normalization.h"
#include "models/learning/sigma_learning/sigma_learning.h"

namespace certify {

/// A network by LibTorch's autograd, in single precision and evaluation mode. No LibTorch type
/// shows here. Sets LibTorch's arithmetic for the whole process. Its calls throw DataError naming
/// the file where LibTorch fails.
/// @param device  cpu, cuda or cuda:K   @param output  as NetworkOptions has it
/// @throws DataError naming the file for what is no such network, or one through which no gradient
/// comes back.
std::unique_ptr<DifferentiableClassifier> open_network_gradient(const std::filesystem::path& file,
                                                                ImageShape shape,
                                                                const Normalization& normalization,
                                                                const std::string& device,
                                                                const std::string& output = "");

}  // namespace certify
