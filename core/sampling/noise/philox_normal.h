#pragma once
/// Counter-based standard normals from integer operations and IEEE +, ×, fma, √ only, so that every
/// CPU path and CUDA give the same bits. Compile with floating-point contraction off.
///
/// Source: Salmon et al. 2011 (Philox4x32-10); Box & Muller 1958; polynomials of Cephes (Moshier).

#include <cstdint>
#include <cstring>

#ifdef __CUDACC__
#define CERTIFY_HOST_DEVICE __host__ __device__ __forceinline__
#else
#define CERTIFY_HOST_DEVICE inline __attribute__((always_inline))
#endif

namespace certify::philox {

struct Block {
  std::uint32_t x0, x1, x2, x3;
};

/// Ten rounds of Philox4x32 on a 128-bit counter under a 64-bit key.
CERTIFY_HOST_DEVICE Block philox4x32_10(Block c, std::uint32_t key0, std::uint32_t key1) {
#ifdef __CUDA_ARCH__
#pragma unroll
#elif !defined(__CUDACC__)
#pragma GCC unroll 10
#endif
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53u} * c.x0;
    const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * c.x2;
    c = {static_cast<std::uint32_t>(b >> 32) ^ c.x1 ^ key0, static_cast<std::uint32_t>(b),
         static_cast<std::uint32_t>(a >> 32) ^ c.x3 ^ key1, static_cast<std::uint32_t>(a)};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return c;
}

CERTIFY_HOST_DEVICE float as_float(std::uint32_t bits) {
  float f;
  memcpy(&f, &bits, sizeof f);
  return f;
}
CERTIFY_HOST_DEVICE std::uint32_t as_bits(float f) {
  std::uint32_t bits;
  memcpy(&bits, &f, sizeof bits);
  return bits;
}
CERTIFY_HOST_DEVICE float fused(float a, float b, float c) { return __builtin_fmaf(a, b, c); }

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

}  // namespace certify::philox
