#pragma once
/// How fast noise is drawn on the host: every family, on every instruction set of this processor.

#include <cstdint>
#include <string>
#include <vector>

namespace certify {

struct NoiseSpeed {
  std::string family, path;
  double nanoseconds = 0;  ///< a value, in the best of the rounds
};

/// All take turns, so that what disturbs the machine disturbs all alike.
/// @param size     values of an image
/// @param sigma    of families that cannot draw it there is none
/// @param seconds  for all of them; they take three turns even if that is longer
std::vector<NoiseSpeed> noise_speeds(std::int64_t size, double sigma, double seconds);

}  // namespace certify
