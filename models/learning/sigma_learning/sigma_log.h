#pragma once

#include <span>
#include <string>

#include "models/learning/sigma_learning/sigma_learning.h"

namespace certify {

/// A line an epoch: epoch,learning_rate,area,accuracy,sigma_mean,sigma_min,sigma_max,seconds; the
/// area is "nan" where no image was classified right.
std::string sigma_csv(std::span<const SigmaEpoch> epochs);

/// Area, accuracy and the largest, mean and smallest σ against the epoch, as a stand-alone SVG.
/// @param epochs  at least one   @param last  the epoch that the axis ends at
std::string sigma_svg(std::span<const SigmaEpoch> epochs, std::int64_t last,
                      const std::string& title);

}  // namespace certify
