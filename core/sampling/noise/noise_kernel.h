// The body of add_noise, compiled once for each instruction set: a file defines CERTIFY_NOISE_PATH
// and includes this. No header here may define an inline function that another file shares, or the
// linker could keep the AVX-512 copy for everyone; hence the anonymous namespace and no
// <algorithm>.

#include "core/sampling/noise/noise.h"
#include "core/sampling/noise/philox_normal.h"

namespace certify {
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
      const philox::Block bits = philox::philox4x32_10(
          {first_quad + static_cast<std::uint32_t>(q), sample, phase, image}, key0, key1);
      const philox::Pair a = philox::box_muller(bits.x0, bits.x1);
      const philox::Pair b = philox::box_muller(bits.x2, bits.x3);
      z[4 * q] = a.first;
      z[4 * q + 1] = a.second;
      z[4 * q + 2] = b.first;
      z[4 * q + 3] = b.second;
    }
    const std::int64_t left = size - base;
    const std::int64_t count = left < 4 * kQuads ? left : 4 * kQuads;
    for (std::int64_t i = 0; i < count; ++i) {
      out[base + i] = philox::fused(scales[base + i], z[i], x[base + i]);
    }
  }
}

}  // namespace

void CERTIFY_NOISE_PATH(const float* x, float* out, std::int64_t size, float scale,
                        const NoiseStream& stream, std::uint32_t sample) {
  add_scaled(x, out, size, OneScale{scale}, stream, sample);
}

void CERTIFY_NOISE_PATH(const float* x, float* out, std::int64_t size, const float* scales,
                        const NoiseStream& stream, std::uint32_t sample) {
  add_scaled(x, out, size, EachScale{scales}, stream, sample);
}

}  // namespace certify
