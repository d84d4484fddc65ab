#pragma once

#include <vector>

#include "core/methods/method.h"

namespace certify {

/// The method applied to every image, on all cores; results in the order of the images.
/// @throws what the method throws for the first image that it refuses.
std::vector<Certificate> certify_many(const std::vector<ImageSamples>& images, const Method& method,
                                      const MethodOptions& options);

}  // namespace certify
