#pragma once

#include <span>
#include <string>

#include "models/learning/training/training.h"

namespace certify {

/// A line an epoch: epoch,learning_rate,loss,accuracy_clean,accuracy_noisy,seconds.
std::string training_csv(std::span<const EpochResult> epochs);

/// Loss and both accuracies against the epoch, one above the other, as a stand-alone SVG.
/// @param epochs  at least one   @param last  the epoch that the axis ends at
std::string training_svg(std::span<const EpochResult> epochs, std::int64_t last,
                         const std::string& title);

}  // namespace certify
