#pragma once
/// Standard normals as whole numbers of 2⁻²⁸, in which sums over any number of samples are exact.
/// A float near 1 is a multiple of 2⁻²³, so this is finer than the noise that the network saw.

#include <cstdint>
#include <cstring>

#include "core/noise/philox.h"

namespace certify {

inline constexpr float kNoiseUnits = 0x1p28f;  // |z| < 16: 2³¹ samples fit 64 bits

/// z in units of 2⁻²⁸, to the nearest, ties to even. The product is exact.
CERTIFY_HOST_DEVICE std::int64_t in_noise_units(float z) {
#ifdef __CUDA_ARCH__
  return __float2ll_rn(z * kNoiseUnits);
#else
  // Beside 1.5 · 2⁵² a double has no fraction left, and its last bits count. Unlike std::lrint this
  // vectorises on every processor.
  constexpr double kShift = 0x1.8p52;
  const double shifted = z * double{kNoiseUnits} + kShift;
  std::int64_t bits, zero;
  std::memcpy(&bits, &shifted, sizeof bits);
  std::memcpy(&zero, &kShift, sizeof zero);
  return bits - zero;
#endif
}

}  // namespace certify
