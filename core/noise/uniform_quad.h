#pragma once
/// Uniform noise, four elements at a time.

#include <cstdint>

#include "core/noise/cells_quad.h"

namespace certify {
namespace uniform {

/// How far Guess::of() may be off, in units of σ: three roundings of numbers below √3.
inline constexpr float kGuessError = 1e-6f;

/// √3 (2u - 1), u = (word + ½) / 2³².
struct Guess {
  static CERTIFY_HOST_DEVICE float of(std::uint32_t word) {
    const auto centred = static_cast<float>(static_cast<std::int32_t>(word ^ 0x80000000u));
    return (centred + 0.5f) * (1.73205081f * 0x1p-31f);
  }
  static CERTIFY_HOST_DEVICE bool is_near(std::uint32_t /*word*/) { return true; }
};

}  // namespace uniform

using UniformQuads = CellQuads<uniform::Guess>;

}  // namespace certify
