// Compiled once for each instruction set, into a namespace of that name. No header here may define
// an inline function that another file shares, or the linker could keep the AVX-512 copy for
// everyone; hence the anonymous namespace and no <algorithm>.

#include "core/noise/gaussian_quad.h"
#include "core/noise/noise_stream.h"

namespace certify::CERTIFY_NOISE_PATH {
namespace {

struct OneScale {
  float scale;
  float operator[](std::int64_t) const { return scale; }
};

struct EachScale {
  const float* __restrict scales;
  float operator[](std::int64_t i) const { return scales[i]; }
};

template <class Scales>
inline void add_scaled(const float* __restrict x, float* __restrict out, std::int64_t size,
                       const Scales scales, const NoiseStream& stream, std::uint32_t sample) {
  constexpr int kQuads = 64;  // a block that stays in the first-level cache
  const auto key0 = static_cast<std::uint32_t>(stream.seed);
  const auto key1 = static_cast<std::uint32_t>(stream.seed >> 32);
  const auto phase = static_cast<std::uint32_t>(stream.phase);
  const std::uint32_t image = stream.image;
  float z[4 * kQuads];
  for (std::int64_t base = 0; base < size; base += 4 * kQuads) {
    const auto first_quad = static_cast<std::uint32_t>(base / 4);
#pragma GCC ivdep
    for (int q = 0; q < kQuads; ++q) {
      const Quad quad = GaussianQuads::standard(
          {first_quad + static_cast<std::uint32_t>(q), sample, phase, image}, key0, key1);
      z[4 * q] = quad.v[0];
      z[4 * q + 1] = quad.v[1];
      z[4 * q + 2] = quad.v[2];
      z[4 * q + 3] = quad.v[3];
    }
    const std::int64_t left = size - base;
    const std::int64_t count = left < 4 * kQuads ? left : 4 * kQuads;
    for (std::int64_t i = 0; i < count; ++i) {
      out[base + i] = philox::fused(scales[base + i], z[i], x[base + i]);
    }
  }
}

}  // namespace

/// @param scales  null: `scale` for every element
void add_gaussian(const float* x, float* out, std::int64_t size, float scale, const float* scales,
                  const NoiseStream& stream, std::uint32_t sample) {
  if (scales == nullptr) {
    add_scaled(x, out, size, OneScale{scale}, stream, sample);
  } else {
    add_scaled(x, out, size, EachScale{scales}, stream, sample);
  }
}

}  // namespace certify::CERTIFY_NOISE_PATH
