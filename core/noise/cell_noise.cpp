#include "core/noise/cell_noise.h"

#include <algorithm>
#include <cmath>

#include "core/base/errors.h"
#include "core/noise/families.h"
#include "core/stats/normal.h"

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

double half_side_of(double sigma) {
  constexpr double kRootThree = 0x1.bb67ae8584caap0;  // rounded down
  return multiply_down(sigma, kRootThree);
}

double cube_pair_radius(double half_side, const LowerBound& top, const UpperBound& rivals) {
  return multiply_down(half_side, subtract_down(top.p, rivals.p));
}

double cube_majority_radius(double half_side, const LowerBound& top) {
  return std::max(0.0, cube_pair_radius(half_side, top, complement(top)));
}

Proportion cube_probability_at(double half_side, double radius) {
  const double half = radius / (2 * half_side);
  return {0.5 + half, 0.5 - half};
}

}  // namespace certify
