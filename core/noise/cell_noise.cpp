#include "core/noise/cell_noise.h"

#include <cmath>

#include "core/base/errors.h"
#include "core/noise/families.h"

namespace certify {

void check_cells(const Noise& noise, int q) {
  const std::string_view name = noise.family->name, other = plain_noise_family().name;
  if (noise.map != nullptr) {
    throw InputError(
        "{} noise goes with no map of sigma: it needs a table of its own for every sigma, and a "
        "map has as many as the image has elements; take --noise {}",
        name, other);
  }
  if (!(noise.sigma * kLevels * q <= kMostSpread)) {
    throw InputError("{} noise takes a sigma up to {:.1f}, not {}; take --noise {}", name,
                     std::floor(10 * kMostSpread / (kLevels * q)) / 10, noise.sigma, other);
  }
}

}  // namespace certify
