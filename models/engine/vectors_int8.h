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

#ifdef CERTIFY_ENGINE_VNNI
using Sum = __m512i;
constexpr int kVectorsAtOnce = kMostVectors;

/// c plus the products of the word's elements with those of each lane, which have signs.
inline Sum dot(Word a, const Word* b, Sum c) {
  return _mm512_dpbusd_epi32(c, _mm512_set1_epi32(static_cast<int>(a)), _mm512_loadu_si512(b));
}

/// See Requantization.
class Finish {
 public:
  Finish(const ConvCall& call, std::int64_t k) : Finish(*call.requantization, k) {}
  void operator()(Sum sum, Element* out) const {
    keep(_mm512_add_epi32(scaled(sum), half_), out);
  }
  void operator()(Sum sum, const Element* residual, Element* out) const {
    const __m512i r =
        _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(residual)));
    keep(_mm512_add_epi32(_mm512_add_epi32(scaled(sum), half_of_residual_),
                          _mm512_mullo_epi32(r, residual_scale_)),
         out);
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
        zero_(_mm512_set1_epi32(r.zero_y)),
        low_(_mm512_set1_epi32(r.low)),
        shift_(_mm512_set1_epi32(r.shift)) {}

  /// Products of 64 bits come from every second lane at a time; their upper halves are kept.
  __m512i scaled(Sum sum) const {
    const __m512i z = _mm512_add_epi32(sum, bias_);
    const __m512i even = _mm512_mul_epi32(z, scale_);
    const __m512i odd = _mm512_mul_epi32(_mm512_srli_epi64(z, 32), odd_scale_);
    return _mm512_mask_shuffle_epi32(odd, 0x5555, even, _MM_PERM_DDBB);
  }
  void keep(__m512i z, Element* out) const {
    const __m512i y = _mm512_add_epi32(_mm512_srav_epi32(z, shift_), zero_);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out),
                     _mm512_cvtusepi32_epi8(_mm512_max_epi32(y, low_)));
  }
  __m512i bias_, scale_, odd_scale_, residual_scale_;
  __m512i half_, half_of_residual_;  ///< of a step, and that less what the residual's zero is
  __m512i zero_, low_, shift_;
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
  Finish(const ConvCall& call, std::int64_t k) : r_(*call.requantization), k_(k) {}
  void operator()(const Sum& sum, Element* out) const {
    for (int lane = 0; lane < kLanes; ++lane) out[lane] = kept(scaled(sum, lane));
  }
  void operator()(const Sum& sum, const Element* residual, Element* out) const {
    for (int lane = 0; lane < kLanes; ++lane) {
      out[lane] = kept(scaled(sum, lane) + (residual[lane] - r_.zero_residual) * r_.residual_scale);
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
  const Requantization& r_;
  std::int64_t k_;
};
#endif

}  // namespace
}  // namespace certify
