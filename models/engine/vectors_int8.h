// Vectors of sums of 8-bit products, in the instruction set that a file is compiled for: with
// CERTIFY_ENGINE_VNNI those of AVX-512 VNNI, else in plain C++. All integer, so the same bits on
// every processor. Nothing here may be shared between such files, hence the anonymous namespace.

#include <cstdint>

#include "models/engine/block.h"

#ifdef CERTIFY_ENGINE_VNNI
#include <immintrin.h>
#endif

namespace certify {
namespace {

constexpr int kLanes = kOutputLanes;
using Element = std::uint8_t;
using Word = std::uint32_t;  ///< four neighbours
struct ProductMode {};       ///< of floats

#ifdef CERTIFY_ENGINE_VNNI
using Sum = __m512i;
constexpr int kVectorsAtOnce = kMostVectors;

/// c plus the products of the word's elements with those of each lane, which have signs.
inline Sum dot(Word a, const Word* b, Sum c) {
  return _mm512_dpbusd_epi32(c, _mm512_set1_epi32(static_cast<int>(a)), _mm512_loadu_si512(b));
}

/// See Requantization. Four pixels at a time: narrowing is dear alone and cheap for four.
class Finish {
 public:
  static constexpr int kAtOnce = 4;
  Finish() = default;
  Finish(const ConvCall& call, std::int64_t k) : Finish(*call.requantization, k) {}

  /// @param sums, out  of four pixels
  void operator()(const Sum* sums, Element* const* out) const {
    const auto z = [&](int t) {
      return _mm512_srav_epi32(_mm512_add_epi32(scaled(sums[t]), half_), shift_);
    };
    keep(z(0), z(1), z(2), z(3), out);
  }
  void operator()(const Sum* sums, const Element* const* residual, Element* const* out) const {
    const auto r = [&](int t) {
      return _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(residual[t])));
    };
    const auto rest = [&](int t) { return _mm512_add_epi32(scaled(sums[t]), half_of_residual_); };
    // Where 16 bits hold the scale, as they mostly do, one operation does for three.
    if (residual_scale_is_short_) {
      const auto z = [&](int t) {
        return _mm512_srav_epi32(_mm512_dpwssd_epi32(rest(t), r(t), residual_scale_), shift_);
      };
      return keep(z(0), z(1), z(2), z(3), out);
    }
    const auto z = [&](int t) {
      const __m512i product = _mm512_mullo_epi32(r(t), residual_scale_);
      return _mm512_srav_epi32(_mm512_add_epi32(rest(t), product), shift_);
    };
    keep(z(0), z(1), z(2), z(3), out);
  }

 private:
  Finish(const Requantization& r, std::int64_t k)
      : bias_(_mm512_loadu_si512(r.bias + k)),
        scale_(_mm512_loadu_si512(r.scale + k)),
        odd_scale_(_mm512_srli_epi64(scale_, 32)),
        residual_scale_(_mm512_set1_epi32(r.residual_scale)),
        half_(_mm512_set1_epi32((1 << r.shift) >> 1)),
        half_of_residual_(_mm512_sub_epi32(
            half_, _mm512_mullo_epi32(_mm512_set1_epi32(r.zero_residual), residual_scale_))),
        zero_(_mm512_set1_epi16(static_cast<short>(r.zero_y))),
        low_(_mm512_set1_epi8(static_cast<char>(r.low))),
        shift_(_mm512_set1_epi32(r.shift)),
        by_pixel_(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)),
        residual_scale_is_short_(r.residual_scale <= 0x7fff) {}

  /// Products of 64 bits come from every second lane at a time; their upper halves are kept.
  __m512i scaled(Sum sum) const {
    const __m512i z = _mm512_add_epi32(sum, bias_);
    const __m512i even = _mm512_mul_epi32(z, scale_);
    const __m512i odd = _mm512_mul_epi32(_mm512_srli_epi64(z, 32), odd_scale_);
    return _mm512_mask_shuffle_epi32(odd, 0x5555, even, _MM_PERM_DDBB);
  }
  void keep(__m512i z0, __m512i z1, __m512i z2, __m512i z3, Element* const* out) const {
    // What 16 bits cannot tell lies beyond [low, 255] on the same side, with and without the zero.
    const __m512i first = _mm512_adds_epi16(_mm512_packs_epi32(z0, z1), zero_);
    const __m512i second = _mm512_adds_epi16(_mm512_packs_epi32(z2, z3), zero_);
    const __m512i y = _mm512_max_epu8(_mm512_packus_epi16(first, second), low_);
    // Packing goes by quarters of a register: there are four channels of each pixel in each.
    const __m512i pixels = _mm512_permutexvar_epi32(by_pixel_, y);
    const auto store = [&](int t, __m128i pixel) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(out[t]), pixel);
    };
    store(0, _mm512_castsi512_si128(pixels));
    store(1, _mm512_extracti32x4_epi32(pixels, 1));
    store(2, _mm512_extracti32x4_epi32(pixels, 2));
    store(3, _mm512_extracti32x4_epi32(pixels, 3));
  }
  __m512i bias_, scale_, odd_scale_, residual_scale_;
  __m512i half_, half_of_residual_;  ///< of a step, and that less what the residual's zero is
  __m512i zero_, low_;               ///< of 16 and of 8 bits
  __m512i shift_, by_pixel_;
  bool residual_scale_is_short_;
};
#else
constexpr int kVectorsAtOnce = 1;
struct Sum {
  std::int32_t lane[kLanes];
};

inline Sum dot(Word a, const Word* b, Sum c) {
  const auto* weights = reinterpret_cast<const std::int8_t*>(b);
  for (int lane = 0; lane < kLanes; ++lane) {
    for (int i = 0; i < 4; ++i) {
      c.lane[lane] += static_cast<std::int32_t>(a >> (8 * i) & 0xff) * weights[lane * 4 + i];
    }
  }
  return c;
}

/// See Requantization.
class Finish {
 public:
  static constexpr int kAtOnce = 1;
  Finish() = default;
  Finish(const ConvCall& call, std::int64_t k) : r_(*call.requantization), k_(k) {}
  void operator()(const Sum* sum, Element* const* out) const {
    for (int lane = 0; lane < kLanes; ++lane) out[0][lane] = kept(scaled(*sum, lane));
  }
  void operator()(const Sum* sum, const Element* const* residual, Element* const* out) const {
    for (int lane = 0; lane < kLanes; ++lane) {
      const std::int32_t r = (residual[0][lane] - r_.zero_residual) * r_.residual_scale;
      out[0][lane] = kept(scaled(*sum, lane) + r);
    }
  }

 private:
  std::int32_t scaled(const Sum& sum, int lane) const {
    const std::int64_t z = sum.lane[lane] + r_.bias[k_ + lane];
    return static_cast<std::int32_t>(z * r_.scale[k_ + lane] >> 32);
  }
  Element kept(std::int32_t z) const {
    const std::int32_t y = ((z + ((1 << r_.shift) >> 1)) >> r_.shift) + r_.zero_y;
    return static_cast<Element>(y < r_.low ? r_.low : y > 255 ? 255 : y);
  }
  Requantization r_;
  std::int64_t k_;
};
#endif

}  // namespace
}  // namespace certify
