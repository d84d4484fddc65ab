#pragma once
/// The 16-bit numbers of a network's input and output, converted alike on the host and on a GPU:
/// to the nearest, ties to even, subnormals kept, as the processor's own instructions do.

#include <cstdint>
#include <cstring>

#ifdef __CUDACC__
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#endif

#include "core/noise/philox.h"

namespace certify {

enum class Element { kFloat32, kFloat16, kBfloat16 };

/// IEEE binary16.
struct Half {
  std::uint16_t bits;
};
/// The upper half of an IEEE binary32.
struct Bfloat16 {
  std::uint16_t bits;
};

CERTIFY_HOST_DEVICE bool is_finite(float f) {
  return (philox::as_bits(f) & 0x7f800000u) != 0x7f800000u;
}
CERTIFY_HOST_DEVICE bool is_nan(float f) {
  return (philox::as_bits(f) & 0x7fffffffu) > 0x7f800000u;
}

CERTIFY_HOST_DEVICE void from_float(float f, float& out) { out = f; }

CERTIFY_HOST_DEVICE void from_float(float f, Half& out) {
#ifdef __CUDA_ARCH__
  out.bits = __half_as_ushort(__float2half_rn(f));
#else
  const std::uint32_t bits = philox::as_bits(f), magnitude = bits & 0x7fffffffu;
  std::uint32_t half;
  if (is_nan(f)) {
    out.bits = 0x7fff;
    return;
  }
  if (magnitude >= 0x477ff000u) {  // 65520, halfway from the largest to the next power
    half = 0x7c00u;
  } else if (magnitude < 0x38800000u) {  // below 2⁻¹⁴: in steps of 2⁻²⁴, rounded by an addition
    half = philox::as_bits(philox::as_float(magnitude) + 0.5f) - 0x3f000000u;
  } else {  // 13 bits go: add half of their unit, less one where the last bit that stays is even
    half = (magnitude - 0x38000000u + 0xfffu + ((magnitude >> 13) & 1u)) >> 13;
  }
  out.bits = static_cast<std::uint16_t>(half | ((bits >> 16) & 0x8000u));
#endif
}

CERTIFY_HOST_DEVICE void from_float(float f, Bfloat16& out) {
#ifdef __CUDA_ARCH__
  out.bits = __bfloat16_as_ushort(__float2bfloat16_rn(f));
#else
  const std::uint32_t bits = philox::as_bits(f);
  const std::uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  out.bits = static_cast<std::uint16_t>(is_nan(f) ? 0x7fffu : rounded);
#endif
}

CERTIFY_HOST_DEVICE float to_float(float f) { return f; }

CERTIFY_HOST_DEVICE float to_float(Half h) {
#ifdef __CUDA_ARCH__
  return __half2float(__ushort_as_half(h.bits));
#else
  const std::uint32_t sign = std::uint32_t{h.bits} << 16 & 0x80000000u;
  const std::uint32_t magnitude = h.bits & 0x7fffu;
  if (magnitude >= 0x7c00u)
    return philox::as_float(sign | 0x7f800000u | (magnitude & 0x3ffu) << 13);
  const float f = philox::as_float(magnitude << 13) * 0x1p112f;  // exact: only the exponent moves
  return philox::as_float(sign | philox::as_bits(f));
#endif
}

CERTIFY_HOST_DEVICE float to_float(Bfloat16 b) {
  return philox::as_float(std::uint32_t{b.bits} << 16);
}

}  // namespace certify
