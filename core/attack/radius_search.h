#pragma once
/// Which balls are tried, for the smallest in which an attack succeeds.

#include <functional>

#include "core/base/certificate.h"

namespace certify {

/// What came of an attack inside one ball.
struct BallTry {
  double distance = 0;    ///< of the point found from the image
  int answer = kAbstain;  ///< of PREDICT there
};

struct AttackResult {
  int answer = kAbstain;  ///< another class than the one attacked; kAbstain where none was found
  double radius = 0;      ///< the smallest distance it was found at, or else the largest ball tried
  /// The smallest distance at which PREDICT did not answer the class attacked, be it that it
  /// abstained; like `radius` where there was none.
  double unsettled_radius = 0;
};

/// Tries the certified ball first, then 1.5 and 2 times its radius (Cohen et al. 2019, app. J.3)
/// and the largest ball; then balls between the largest that withstood and the nearest success,
/// until these are 2 % apart or no tries are left. A success is the class answered differently.
/// Abstention is none: PREDICT abstains wherever n is too small to tell, inside certificates too,
/// and that contradicts nothing.
/// @param certified  radius, 0 or more   @param attack  called at most `tries` times, with a radius
/// and the number of the try
AttackResult search_smallest_radius(
    int attacked, double certified, double max_radius, int tries,
    const std::function<BallTry(double radius, int number)>& attack);

}  // namespace certify
