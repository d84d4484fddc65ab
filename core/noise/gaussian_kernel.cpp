// Compiled once for each instruction set, into a namespace of that name. No header here may define
// an inline function that another file shares, or the linker could keep the AVX-512 copy for
// everyone; hence the anonymous namespace and no <algorithm>.

#include "core/noise/gaussian_quad.h"
#include "core/noise/philox_words.h"

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

constexpr int kQuads = 64;  // a block that stays in the first-level cache

/// Standard normals of the quads from `first_quad` on.
inline void draw(std::uint32_t first_quad, const WordStream& s, float* __restrict z) {
  alignas(64) std::uint32_t words[4 * kQuads];
  random_words<kQuads>(first_quad, s, words);
  for (int q = 0; q < kQuads; ++q) {
    const std::uint32_t* w = words + 4 * q;
    const philox::Pair a = philox::box_muller(w[0], w[1]), b = philox::box_muller(w[2], w[3]);
    z[4 * q] = a.first;
    z[4 * q + 1] = a.second;
    z[4 * q + 2] = b.first;
    z[4 * q + 3] = b.second;
  }
}

/// Calls each(first, count, z) for the blocks of an image.
template <class Each>
inline void for_each_block(std::int64_t size, const NoiseStream& stream, std::uint32_t sample,
                           const Each& each) {
  const WordStream s = word_stream(stream, sample);
  float z[4 * kQuads];
  for (std::int64_t first = 0; first < size; first += 4 * kQuads) {
    draw(static_cast<std::uint32_t>(first / 4), s, z);
    each(first, size - first < 4 * kQuads ? size - first : 4 * kQuads, z);
  }
}

template <class Scales>
inline void add_scaled(const float* __restrict x, float* __restrict out, std::int64_t size,
                       const Scales scales, const NoiseStream& stream, std::uint32_t sample) {
  for_each_block(size, stream, sample, [&](std::int64_t first, std::int64_t count, const float* z) {
    for (std::int64_t i = 0; i < count; ++i) {
      out[first + i] = philox::fused(scales[first + i], z[i], x[first + i]);
    }
  });
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

void standard_gaussian(float* __restrict out, std::int64_t size, const NoiseStream& stream,
                       std::uint32_t sample) {
  for_each_block(size, stream, sample, [&](std::int64_t first, std::int64_t count, const float* z) {
    for (std::int64_t i = 0; i < count; ++i) out[first + i] = z[i];
  });
}

}  // namespace certify::CERTIFY_NOISE_PATH
