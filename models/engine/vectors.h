// Vectors of the instruction set that a file is compiled for. The file defines
// CERTIFY_ENGINE_LANES (16: AVX-512, 8: AVX2) and, for bfloat16, CERTIFY_ENGINE_BF16, or with it
// CERTIFY_ENGINE_BF16_BY_FMA: the same bits without the instruction for them. Nothing here may be
// shared between such files, hence the anonymous namespace.

#include <immintrin.h>

#include <cstdint>

#include "models/engine/block.h"

namespace certify {
namespace {

constexpr int kLanes = CERTIFY_ENGINE_LANES;
using Vector = float __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));

inline Vector load(const float* p) { return *reinterpret_cast<const Vector*>(p); }
inline void store(float* p, Vector v) { *reinterpret_cast<Vector*>(p) = v; }

/// a·b + c with one rounding, on every path alike.
#if CERTIFY_ENGINE_LANES == 16
inline Vector all(float a) { return Vector(_mm512_set1_ps(a)); }
inline Vector fused(Vector a, Vector b, Vector c) {
  return Vector(_mm512_fmadd_ps(__m512(a), __m512(b), __m512(c)));
}
#else
inline Vector all(float a) { return Vector(_mm256_set1_ps(a)); }
inline Vector fused(Vector a, Vector b, Vector c) {
  return Vector(_mm256_fmadd_ps(__m256(a), __m256(b), __m256(c)));
}
#endif
inline Vector fused(float a, Vector b, Vector c) { return fused(all(a), b, c); }

// A word is 32 bits: one float, or two neighbours in bfloat16.
#ifdef CERTIFY_ENGINE_BF16
using Element = std::uint16_t;
using Word = std::uint32_t;
constexpr int kWords = kLanes / 2;  ///< of a vector of elements

#if CERTIFY_ENGINE_LANES == 16
using Bits = __m512i;
inline Bits bits_of(Vector v) { return _mm512_castps_si512(__m512(v)); }
inline Vector number(Bits b) { return Vector(_mm512_castsi512_ps(b)); }
inline Vector upper(Bits b) {
  return number(_mm512_and_si512(b, _mm512_set1_epi32(static_cast<int>(0xffff0000))));
}
inline Vector lower(Bits b) { return number(_mm512_slli_epi32(b, 16)); }
/// Neighbours in each other's place.
inline Vector swapped(Vector v) { return Vector(_mm512_permute_ps(__m512(v), 0xb1)); }
inline Bits all(Word a) { return _mm512_set1_epi32(static_cast<int>(a)); }
inline Bits load(const Word* p) { return _mm512_loadu_si512(p); }
inline Vector load(const Element* p) {
  return lower(_mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))));
}
#else
using Bits = __m256i;
inline Bits bits_of(Vector v) { return _mm256_castps_si256(__m256(v)); }
inline Vector number(Bits b) { return Vector(_mm256_castsi256_ps(b)); }
inline Vector upper(Bits b) {
  return number(_mm256_and_si256(b, _mm256_set1_epi32(static_cast<int>(0xffff0000))));
}
inline Vector lower(Bits b) { return number(_mm256_slli_epi32(b, 16)); }
inline Vector swapped(Vector v) { return Vector(_mm256_permute_ps(__m256(v), 0xb1)); }
inline Bits all(Word a) { return _mm256_set1_epi32(static_cast<int>(a)); }
inline Bits load(const Word* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
inline Vector load(const Element* p) {
  return lower(_mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
}
#endif

/// As to_bf16().
#if defined(__AVX512BF16__) && CERTIFY_ENGINE_LANES == 16
inline void store(Element* p, Vector v) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), (__m256i)_mm512_cvtneps_pbh(__m512(v)));
}
#elif CERTIFY_ENGINE_LANES == 16
inline void store(Element* p, Vector v) {
  const __m512i bits = bits_of(v), upper = _mm512_srli_epi32(bits, 16);
  const __m512i odd = _mm512_and_si512(upper, _mm512_set1_epi32(1));
  const __m512i half = _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff));
  __m512i nearest = _mm512_srli_epi32(_mm512_add_epi32(bits, half), 16);
  const __mmask16 is_tiny = _mm512_testn_epi32_mask(bits, _mm512_set1_epi32(0x7f800000));
  nearest = _mm512_mask_and_epi32(nearest, is_tiny, upper, _mm512_set1_epi32(0x8000));
  const __mmask16 is_none = _mm512_cmp_ps_mask(__m512(v), __m512(v), _CMP_UNORD_Q);
  nearest = _mm512_mask_or_epi32(nearest, is_none, upper, _mm512_set1_epi32(0x40));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(nearest));
}
#else
inline void store(Element* p, Vector v) {
  const __m256i bits = bits_of(v), upper = _mm256_srli_epi32(bits, 16);
  const __m256i odd = _mm256_and_si256(upper, _mm256_set1_epi32(1));
  const __m256i half = _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff));
  __m256i nearest = _mm256_srli_epi32(_mm256_add_epi32(bits, half), 16);
  const __m256i is_tiny = _mm256_cmpeq_epi32(_mm256_and_si256(bits, _mm256_set1_epi32(0x7f800000)),
                                             _mm256_setzero_si256());
  nearest =
      _mm256_blendv_epi8(nearest, _mm256_and_si256(upper, _mm256_set1_epi32(0x8000)), is_tiny);
  const __m256i is_none = _mm256_castps_si256(_mm256_cmp_ps(__m256(v), __m256(v), _CMP_UNORD_Q));
  nearest = _mm256_blendv_epi8(nearest, _mm256_or_si256(upper, _mm256_set1_epi32(0x40)), is_none);
  const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(nearest, nearest), 0x08);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_castsi256_si128(packed));
}
#endif

/// c plus the products of the word's elements with those of each lane.
#ifdef CERTIFY_ENGINE_BF16_BY_FMA
/// As VDPBF16PS has it: the upper product first, each sum rounded to the nearest, and what is tiny
/// is zero (ProductMode).
inline Vector dot(Word a, const Word* b, Vector c) {
  const Bits x = all(a), y = load(b);
  return fused(lower(x), lower(y), fused(upper(x), upper(y), c));
}
/// A word that many dot()s share.
struct Factor {
  float upper, lower;
};
inline Vector dot(const Factor& a, const Word* b, Vector c) {
  const Bits y = load(b);
  return fused(all(a.lower), lower(y), fused(all(a.upper), upper(y), c));
}
inline void store_factors(Factor* p, Vector v) {
  Element rounded[kLanes];
  store(rounded, v);
  store(reinterpret_cast<float*>(p), swapped(load(rounded)));
}
#else
using Factor = Word;
inline void store_factors(Factor* p, Vector v) { store(reinterpret_cast<Element*>(p), v); }
inline Vector dot(Word a, const Word* b, Vector c) {
  return Vector(_mm512_dpbf16_ps(__m512(c), (__m512bh)all(a), (__m512bh)load(b)));
}
#endif
#else
using Element = float;
using Word = float;
constexpr int kWords = kLanes;

using Factor = Word;
inline void store_factors(Factor* p, Vector v) { store(p, v); }
inline Vector dot(Word a, const Word* b, Vector c) { return fused(all(a), load(b), c); }
#endif

/// While one lives, products and their sums are what dot() says. They have to come from memory
/// and go there meanwhile: compilers do not know that they depend on it, and keep only what memory
/// has on its side.
#ifdef CERTIFY_ENGINE_BF16_BY_FMA
class ProductMode {
 public:
  ProductMode() : before_(_mm_getcsr()) { set(before_ | kTinyIsZero); }
  ~ProductMode() { set(before_); }
  ProductMode(const ProductMode&) = delete;
  ProductMode& operator=(const ProductMode&) = delete;

 private:
  static constexpr unsigned kTinyIsZero = 0x8040;  // of results and of operands
  static void set(unsigned mode) {
    asm volatile("" ::: "memory");
    _mm_setcsr(mode);
    asm volatile("" ::: "memory");
  }
  unsigned before_;
};
#else
struct ProductMode {};
#endif

using Sum = Vector;
/// AVX2 has registers for the sums of one.
constexpr int kVectorsAtOnce = kLanes == kOutputLanes ? kMostVectors : 1;

/// What a layer does on its way out. NaN stays NaN.
class Finish {
 public:
  Finish(const ConvCall& call, std::int64_t k)
      : bias_(load(call.bias + k)), least_(all(call.relu ? 0.F : -__builtin_inff())) {}
  static constexpr int kAtOnce = 1;
  Finish() = default;
  void operator()(const Sum* sum, Element* const* out) const { (*this)(*sum, out[0]); }
  void operator()(const Sum* sum, const Element* const* residual, Element* const* out) const {
    (*this)(*sum, residual[0], out[0]);
  }
  void operator()(Sum sum, Element* out) const { keep(sum + bias_, out); }
  void operator()(Sum sum, const Element* residual, Element* out) const {
    keep(sum + bias_ + load(residual), out);
  }

 private:
  void keep(Vector z, Element* out) const { store(out, z < least_ ? least_ : z); }
  Vector bias_, least_;
};

}  // namespace
}  // namespace certify
