// Vectors of the instruction set that a file is compiled for. The file defines
// CERTIFY_ENGINE_LANES (16: AVX-512, 8: AVX2) and, for bfloat16, CERTIFY_ENGINE_BF16. Nothing here
// may be shared between such files, hence the anonymous namespace.

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

inline Vector load(const Element* p) {
  const __m512i wide =
      _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  return Vector(_mm512_castsi512_ps(_mm512_slli_epi32(wide, 16)));
}
inline void store(Element* p, Vector v) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), (__m256i)_mm512_cvtneps_pbh(__m512(v)));
}
inline void store_words(Word* p, Vector v) { store(reinterpret_cast<Element*>(p), v); }
/// c plus the products of the word's elements with those of each lane.
inline Vector dot(Word a, const Word* b, Vector c) {
  return Vector(_mm512_dpbf16_ps(__m512(c), (__m512bh)_mm512_set1_epi32(static_cast<int>(a)),
                                 (__m512bh)_mm512_loadu_si512(b)));
}
#else
using Element = float;
using Word = float;
constexpr int kWords = kLanes;

inline void store_words(Word* p, Vector v) { store(p, v); }
inline Vector dot(Word a, const Word* b, Vector c) { return fused(all(a), load(b), c); }
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
