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

using Bits = std::uint32_t __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));
using Halves = std::uint16_t __attribute__((vector_size(2 * kLanes), aligned(2), may_alias));

/// A word's two numbers.
inline Vector upper(Bits b) { return Vector(b & 0xffff0000U); }
inline Vector lower(Bits b) { return Vector(b << 16); }

inline Bits load(const Word* p) { return *reinterpret_cast<const Bits*>(p); }
inline Vector load(const Element* p) {
#if CERTIFY_ENGINE_LANES == 16  // GCC 12 makes two halves of it
  return lower(
      Bits(_mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))));
#else
  return lower(__builtin_convertvector(*reinterpret_cast<const Halves*>(p), Bits));
#endif
}
/// As to_bf16().
inline void store(Element* p, Vector v) {
#if defined(__AVX512BF16__) && CERTIFY_ENGINE_LANES == 16
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), (__m256i)_mm512_cvtneps_pbh(__m512(v)));
#else
  const Bits bits = Bits(v), upper = bits >> 16;
  const Bits nearest = (bits + 0x7fff + (upper & 1)) >> 16;
  const Bits number = (bits & 0x7f800000) == 0 ? upper & 0x8000 : nearest;
  *reinterpret_cast<Halves*>(p) = __builtin_convertvector(v == v ? number : upper | 0x40, Halves);
#endif
}

/// c plus the products of the word's elements with those of each lane.
#ifdef CERTIFY_ENGINE_BF16_BY_FMA
/// As VDPBF16PS has it: the upper product first, each sum rounded to the nearest, and what is tiny
/// is zero (ProductMode).
inline Vector dot(Word a, const Word* b, Vector c) {
  const Bits x = Bits{} + a, y = load(b);
  return fused(lower(x), lower(y), fused(upper(x), upper(y), c));
}
/// A word that many dot()s share.
struct Factor {
  float lower, upper;  ///< as they lie in the word
};
inline Vector dot(const Factor& a, const Word* b, Vector c) {
  const Bits y = load(b);
  return fused(all(a.lower), lower(y), fused(all(a.upper), upper(y), c));
}
inline void store_factors(Factor* p, Vector v) {
  Element rounded[kLanes];
  store(rounded, v);
  store(reinterpret_cast<float*>(p), load(rounded));
}
#else
using Factor = Word;
inline void store_factors(Factor* p, Vector v) { store(reinterpret_cast<Element*>(p), v); }
inline Vector dot(Word a, const Word* b, Vector c) {
  return Vector(_mm512_dpbf16_ps(__m512(c), (__m512bh)_mm512_set1_epi32(static_cast<int>(a)),
                                 (__m512bh)_mm512_loadu_si512(b)));
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
