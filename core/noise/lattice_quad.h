#pragma once
/// Lattice noise, four elements at a time.

#include <cstdint>

#include "core/noise/cells_quad.h"

namespace certify {
namespace lattice {

/// How far guess() may be off, in units of σ. On all 2³² words it is off by less than half of this
/// where it claims to be near (tests/noise/lattice_test.cpp).
inline constexpr float kGuessError = 3e-6f;
/// Words within this of either end are looked up: beyond 3.75 σ the guess is worth nothing.
inline constexpr std::int32_t kTailWords = 380'000;

/// The word counted from the nearer end, below 2³¹.
CERTIFY_HOST_DEVICE std::int32_t words_from_end(std::uint32_t word) {
  return static_cast<std::int32_t>(
      word ^ static_cast<std::uint32_t>(static_cast<std::int32_t>(word) >> 31));
}

/// Φ⁻¹((word + ½) / 2³²) = x · P(-ln(1 - x²)) with x = 2p - 1, after Giles (2012), with
/// coefficients of our own: minimax for -ln(1 - x²) in [0, 8].
CERTIFY_HOST_DEVICE float guess(std::uint32_t word) {
  const auto v = static_cast<float>(words_from_end(word));
  const float y =
      cells::roughly_fused(v, 0x1p-31f, 0x1p-32f);  // 1 - |x|, which keeps its digits near 0
  const float q = y * (2.0f - y);
  const auto bits = static_cast<std::int32_t>(philox::as_bits(q));
  const std::int32_t exponent = (bits - 0x3f3504f3) >> 23;  // mantissa in [√½, √2)
  const float m = philox::as_float(static_cast<std::uint32_t>(bits - exponent * (1 << 23))) - 1.0f;
  float log = 0.118274778f;  // ln(1 + m) / m
  log = cells::roughly_fused(log, m, -0.189019784f);
  log = cells::roughly_fused(log, m, 0.20604673f);
  log = cells::roughly_fused(log, m, -0.248813391f);
  log = cells::roughly_fused(log, m, 0.333032995f);
  log = cells::roughly_fused(log, m, -0.50001967f);
  log = cells::roughly_fused(log, m, 1.00000322f);
  const float w = cells::roughly_fused(
      -m, log, cells::roughly_fused(static_cast<float>(exponent), -0.693147182f, -4.0f));
  float p = -2.80255626e-8f;  // in -ln(1 - x²) - 4
  p = cells::roughly_fused(p, w, 2.75138177e-7f);
  p = cells::roughly_fused(p, w, 4.20083779e-7f);
  p = cells::roughly_fused(p, w, -2.20206603e-5f);
  p = cells::roughly_fused(p, w, 0.000169608902f);
  p = cells::roughly_fused(p, w, -0.0002884368f);
  p = cells::roughly_fused(p, w, -0.010215008f);
  p = cells::roughly_fused(p, w, 0.322942376f);
  p = cells::roughly_fused(p, w, 2.62871146f);
  const float z = p * (1.0f - y);
  return philox::as_float(philox::as_bits(z) ^ (~word & 0x80000000u));
}

struct Guess {
  static CERTIFY_HOST_DEVICE float of(std::uint32_t word) { return guess(word); }
  static CERTIFY_HOST_DEVICE bool is_near(std::uint32_t word) {
    return words_from_end(word) >= kTailWords;
  }
};

}  // namespace lattice

using LatticeQuads = CellQuads<lattice::Guess>;

}  // namespace certify
