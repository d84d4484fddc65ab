#pragma once

#include <string>
#include <vector>

namespace certify {

/// A point of a boundary around an image.
struct PolarPoint {
  double angle = 0;  ///< to the gradient, in [0, π]
  double radius = 0;
};

struct RegionPicture {
  std::string title;
  std::vector<PolarPoint> boundary;  ///< from angle 0 to π; drawn on both sides of the gradient
  double ball = 0;                   ///< the ℓ2 radius without the gradient
  double limit = 0;                  ///< radii that reach it were not followed further
};

/// The certified region of an image in a plane through its gradient, which points to the right, as
/// a stand-alone SVG: the boundary, and the ball that is certified without the gradient. What lies
/// beyond four of its radii is cut off. The same picture gives the same bytes.
/// @throws InputError for fewer than two points, or a ball that is not larger than 0.
std::string region_svg(const RegionPicture& picture);

}  // namespace certify
