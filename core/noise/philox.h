#pragma once
/// The counter-based generator that all noise is made of. Integer operations only, so every CPU
/// path and CUDA give the same bits. Beside it what code on bits of floats needs.
///
/// Source: Salmon et al. 2011 (Philox4x32-10).

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

inline constexpr std::uint32_t kRounds = 10;
inline constexpr std::uint32_t kMultiplier0 = 0xD2511F53u, kMultiplier1 = 0xCD9E8D57u;
inline constexpr std::uint32_t kKeyStep0 = 0x9E3779B9u, kKeyStep1 = 0xBB67AE85u;

/// Ten rounds of Philox4x32 on a 128-bit counter under a 64-bit key.
CERTIFY_HOST_DEVICE Block philox4x32_10(Block c, std::uint32_t key0, std::uint32_t key1) {
#ifdef __CUDA_ARCH__
#pragma unroll
#elif !defined(__CUDACC__)
#pragma GCC unroll 10
#endif
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    const std::uint64_t a = std::uint64_t{kMultiplier0} * c.x0;
    const std::uint64_t b = std::uint64_t{kMultiplier1} * c.x2;
    c = {static_cast<std::uint32_t>(b >> 32) ^ c.x1 ^ key0, static_cast<std::uint32_t>(b),
         static_cast<std::uint32_t>(a >> 32) ^ c.x3 ^ key1, static_cast<std::uint32_t>(a)};
    key0 += kKeyStep0;
    key1 += kKeyStep1;
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

}  // namespace certify::philox
