#include "core/sampling/noise/noise_scales.h"

#include <algorithm>

#include "core/base/image.h"
#include "core/sampling/noise/noise.h"

namespace certify {

std::vector<float> noise_scales(const SigmaMap& map) {
  Image image{map.shape, std::vector<float>(map.values.size())};
  std::transform(map.values.begin(), map.values.end(), image.pixels.begin(), noise_scale);
  return to_hwc(image);
}

}  // namespace certify
