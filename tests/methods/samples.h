#pragma once

#include <utility>
#include <vector>

#include "core/base/samples.h"

namespace certify::testing {

/// Samples of image 0 whose selection and estimation counts are given.
inline ImageSamples samples_of(std::vector<std::int64_t> selection,
                               std::vector<std::int64_t> estimation, int label = 0) {
  ImageSamples samples;
  samples.label = label;
  samples.selection.votes = std::move(selection);
  samples.estimation.votes = std::move(estimation);
  return samples;
}

}  // namespace certify::testing
