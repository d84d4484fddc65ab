#pragma once

#include <vector>

#include "core/sigma_map/sigma_map.h"

namespace certify {

/// noise_scale() of every element of a map, in the order in which noise is numbered (HWC).
std::vector<float> noise_scales(const SigmaMap& map);

}  // namespace certify
