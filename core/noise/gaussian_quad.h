#pragma once
/// Gaussian noise, four elements at a time: for the kernels, and for the host, which compiles the
/// same code. Integer operations and IEEE +, ×, fma, √ only, so that every CPU path and CUDA give
/// the same bits. Compile with floating-point contraction off.
///
/// Source: Box & Muller 1958; polynomials of Cephes (Moshier).

#include <cstdint>

#include "core/noise/device_noise.h"
#include "core/noise/philox.h"

namespace certify {
namespace philox {

/// ln(x) for x in [2⁻³³, 1], to about one unit in the last place.
CERTIFY_HOST_DEVICE float log_unit(float x) {
  const auto bits = static_cast<std::int32_t>(as_bits(x));
  const std::int32_t exponent = (bits - 0x3f3504f3) >> 23;  // mantissa in [√½, √2)
  const float m = as_float(static_cast<std::uint32_t>(bits - exponent * (1 << 23))) - 1.0f;
  const float z = m * m;
  float p = 7.0376836292e-2f;
  p = fused(p, m, -1.1514610310e-1f);
  p = fused(p, m, 1.1676998740e-1f);
  p = fused(p, m, -1.2420140846e-1f);
  p = fused(p, m, 1.4249322787e-1f);
  p = fused(p, m, -1.6668057665e-1f);
  p = fused(p, m, 2.0000714765e-1f);
  p = fused(p, m, -2.4999993993e-1f);
  p = fused(p, m, 3.3333331174e-1f);
  const auto e = static_cast<float>(exponent);
  float y = m * (z * p);
  y = fused(e, -2.12194440e-4f, y);  // ln 2 in two parts
  y = fused(-0.5f, z, y);
  return fused(e, 0.693359375f, m + y);
}

struct Pair {
  float first, second;
};

/// Two independent standard normals of two 32-bit words. The radius uses all 32 bits of its word,
/// so the tail reaches √(2·33·ln 2) = 6.76.
CERTIFY_HOST_DEVICE Pair box_muller(std::uint32_t radius_word, std::uint32_t angle_word) {
  const float u = fused(static_cast<float>(radius_word), 0x1p-32f, 0x1p-33f);  // in [2⁻³³, 1]
  const float radius = __builtin_sqrtf(-2.0f * log_unit(u));
  const std::uint32_t quadrant = (angle_word + 0x20000000u) >> 30;  // the nearest axis
  const auto offset = static_cast<std::int32_t>(angle_word - (quadrant << 30));
  const float t =
      static_cast<float>(offset) * 1.46291807926715968e-9f;  // (π/2)·2⁻³⁰: in [-π/4, π/4]
  const float t2 = t * t;
  float s = -1.9515295891e-4f;
  s = fused(s, t2, 8.3321608736e-3f);
  s = fused(s, t2, -1.6666654611e-1f);
  s = fused(s * t2, t, t);
  float c = 2.443315711809948e-5f;
  c = fused(c, t2, -1.388731625493765e-3f);
  c = fused(c, t2, 4.166664568298827e-2f);
  c = fused(c * t2, t2, fused(-0.5f, t2, 1.0f));
  const bool swap = (quadrant & 1u) != 0;  // rotate by the quadrant: swap, then signs
  const float cosine = as_float(as_bits(swap ? s : c) ^ (((quadrant + 1) & 2u) << 30));
  const float sine = as_float(as_bits(swap ? c : s) ^ ((quadrant & 2u) << 30));
  return {radius * cosine, radius * sine};
}

}  // namespace philox

/// Gaussian noise as the kernels draw it.
struct GaussianQuads {
  /// Four standard normals.
  static CERTIFY_HOST_DEVICE Quad standard(const DeviceNoise& noise, const philox::Block& counter) {
    const philox::Block bits = philox::philox4x32_10(counter, noise.key0, noise.key1);
    const philox::Pair a = philox::box_muller(bits.x0, bits.x1);
    const philox::Pair b = philox::box_muller(bits.x2, bits.x3);
    return {{a.first, a.second, b.first, b.second}};
  }

  /// x + σε, one rounding each.
  /// @tparam kWhole  as of read_quad()   @param left  elements of the image from x on
  template <bool kWhole>
  static CERTIFY_HOST_DEVICE Quad add(const DeviceNoise& noise, const philox::Block& counter,
                                      std::uint32_t left, Quad x) {
    const Quad scale = noise.scales == nullptr
                           ? Quad{{noise.scale, noise.scale, noise.scale, noise.scale}}
                           : read_quad<kWhole>(noise.scales + std::uint64_t{4} * counter.x0, left);
    const Quad z = standard(noise, counter);
    for (int j = 0; j < 4; ++j) x.v[j] = philox::fused(scale.v[j], z.v[j], x.v[j]);
    return x;
  }
};

}  // namespace certify
