#pragma once
/// The words of many Philox blocks at once, for the loops that are compiled once for each
/// instruction set: GCC's own vectoriser needs twice the time for the widening products. Include it
/// in kernels only: everything here is local to the including file, so that the linker cannot take
/// one instruction set's copy for another's.

#include <cstdint>

#include "core/noise/noise_stream.h"
#include "core/noise/philox.h"

#if defined(__AVX512F__) || defined(__AVX2__)
#include <immintrin.h>
#endif

namespace certify {
namespace {

/// All of a block's counter and key but the number of the quad.
struct WordStream {
  std::uint32_t sample, phase, image;
  /// Of each round; the first are the seed. In memory a word is spread over a vector by its load.
  std::uint32_t key0[philox::kRounds], key1[philox::kRounds];
};

inline WordStream word_stream(const NoiseStream& stream, std::uint32_t sample) {
  WordStream s{sample, static_cast<std::uint32_t>(stream.phase), stream.image, {}, {}};
  for (std::uint32_t round = 0; round < philox::kRounds; ++round) {
    s.key0[round] = static_cast<std::uint32_t>(stream.seed) + round * philox::kKeyStep0;
    s.key1[round] = static_cast<std::uint32_t>(stream.seed >> 32) + round * philox::kKeyStep1;
  }
  return s;
}

#if defined(__AVX512F__) || defined(__AVX2__)

#ifdef __AVX512F__
inline constexpr int kWordBytes = 64;
using Words = std::uint32_t __attribute__((vector_size(kWordBytes)));
using Products = std::uint64_t __attribute__((vector_size(kWordBytes)));
/// Of the lower halves.
inline Products product(Products a, Products b) {
  return (Products)_mm512_mul_epu32((__m512i)a, (__m512i)b);
}
inline Products low_words(Products a, Products b) {
  return (Products)_mm512_unpacklo_epi32((__m512i)a, (__m512i)b);
}
inline Products high_words(Products a, Products b) {
  return (Products)_mm512_unpackhi_epi32((__m512i)a, (__m512i)b);
}
inline Words low_pairs(Products a, Products b) {
  return (Words)_mm512_unpacklo_epi64((__m512i)a, (__m512i)b);
}
inline Words high_pairs(Products a, Products b) {
  return (Words)_mm512_unpackhi_epi64((__m512i)a, (__m512i)b);
}
#else
inline constexpr int kWordBytes = 32;
using Words = std::uint32_t __attribute__((vector_size(kWordBytes)));
using Products = std::uint64_t __attribute__((vector_size(kWordBytes)));
/// Of the lower halves.
inline Products product(Products a, Products b) {
  return (Products)_mm256_mul_epu32((__m256i)a, (__m256i)b);
}
inline Products low_words(Products a, Products b) {
  return (Products)_mm256_unpacklo_epi32((__m256i)a, (__m256i)b);
}
inline Products high_words(Products a, Products b) {
  return (Products)_mm256_unpackhi_epi32((__m256i)a, (__m256i)b);
}
inline Words low_pairs(Products a, Products b) {
  return (Words)_mm256_unpacklo_epi64((__m256i)a, (__m256i)b);
}
inline Words high_pairs(Products a, Products b) {
  return (Words)_mm256_unpackhi_epi64((__m256i)a, (__m256i)b);
}
#endif

inline constexpr int kQuadsAtOnce = kWordBytes / 4;

inline Products everywhere(std::uint32_t word) { return (Products)(Words{} + word); }

struct WideProducts {
  Products high, low;
};

/// a · b of every 32-bit word: even and odd ones apart, then their halves side by side.
inline WideProducts wide_product(Products a, Products b) {
  constexpr std::uint64_t kLow = 0xffffffffu;
  const Products even = product(a, b), odd = product(a >> 32, b);
  return {(even >> 32) | (odd & ~kLow), (even & kLow) | (odd << 32)};
}

/// The words of the quads first, first + 1, … in their order. Lane 4l + r works on quad r · lanes/4
/// + l, so that the last two steps, which move words within 16 bytes, put all in order.
inline void quads_at_once(std::uint32_t first, const WordStream& s, std::uint32_t* out) {
  Words quad{};
  for (int l = 0; l < kQuadsAtOnce; ++l) {
    quad[l] = first + static_cast<std::uint32_t>(l % 4 * (kQuadsAtOnce / 4) + l / 4);
  }
  Products c0 = (Products)quad, c1 = everywhere(s.sample), c2 = everywhere(s.phase),
           c3 = everywhere(s.image);
  const Products m0 = everywhere(philox::kMultiplier0), m1 = everywhere(philox::kMultiplier1);
#pragma GCC unroll 10
  for (std::uint32_t round = 0; round < philox::kRounds; ++round) {
    const WideProducts a = wide_product(c0, m0), b = wide_product(c2, m1);
    c0 = b.high ^ c1 ^ everywhere(s.key0[round]);
    c1 = b.low;
    c2 = a.high ^ c3 ^ everywhere(s.key1[round]);
    c3 = a.low;
  }
  const Products ab_low = low_words(c0, c1), ab_high = high_words(c0, c1);
  const Products cd_low = low_words(c2, c3), cd_high = high_words(c2, c3);
  auto* to = reinterpret_cast<Words*>(out);
  to[0] = low_pairs(ab_low, cd_low);
  to[1] = high_pairs(ab_low, cd_low);
  to[2] = low_pairs(ab_high, cd_high);
  to[3] = high_pairs(ab_high, cd_high);
}

#else

inline constexpr int kQuadsAtOnce = 16;

inline void quads_at_once(std::uint32_t first, const WordStream& s, std::uint32_t* __restrict out) {
#pragma GCC ivdep
  for (int q = 0; q < kQuadsAtOnce; ++q) {
    const philox::Block block = philox::philox4x32_10(
        {first + static_cast<std::uint32_t>(q), s.sample, s.phase, s.image}, s.key0[0], s.key1[0]);
    out[4 * q] = block.x0;
    out[4 * q + 1] = block.x1;
    out[4 * q + 2] = block.x2;
    out[4 * q + 3] = block.x3;
  }
}

#endif

/// @param out  [4 kQuads], aligned to 64 bytes
template <int kQuads>
inline void random_words(std::uint32_t first, const WordStream& s, std::uint32_t* out) {
  static_assert(kQuads % kQuadsAtOnce == 0);
  for (int q = 0; q < kQuads; q += kQuadsAtOnce) {
    quads_at_once(first + static_cast<std::uint32_t>(q), s, out + 4 * q);
  }
}

}  // namespace
}  // namespace certify
