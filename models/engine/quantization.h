#pragma once
/// A network's layers in 8 bits: weights with a scale for each output channel, values with one
/// scale and one zero point each. Source: Jacob et al. 2018, "Quantization and training of neural
/// networks for efficient integer-arithmetic-only inference".

#include <cstdint>
#include <string>
#include <vector>

#include "models/engine/block.h"
#include "models/engine/layer.h"

namespace certify {

/// What was seen of a value.
struct Range {
  float least = 0, most = 0;  ///< 0 lies between them
  bool operator==(const Range&) const = default;
};

/// Outward to eight bits of mantissa, so that last bits of the values do not count. In hexadecimal,
/// a program's values behind each other, programs parted by '/'.
std::string to_text(const std::vector<std::vector<Range>>& ranges);
/// What to_text() gave. @throws DataError for another text.
std::vector<std::vector<Range>> parse_ranges(const std::string& text);

/// The number that q stands for is (q - zero) * scale.
struct ValueScale {
  float scale;
  std::int32_t zero;

  /// The nearest q; of two, the even one. Beyond the ends, the end. Without branches: images go
  /// through it.
  std::uint8_t quantized(float value) const {
    constexpr float kFar = 512;          // beyond all steps, from any zero point
    constexpr float kWhole = 0x1.8p23F;  // a sum with it has no bits left for fractions
    const float q = value / scale;
    const float above = q > -kFar ? q : -kFar;  // so is what is not a number
    const float near = above < kFar ? above : kFar;
    const float nearest = (near + kWhole) - kWhole + static_cast<float>(zero);
    return static_cast<std::uint8_t>(nearest < 0 ? 0.F : nearest > 255 ? 255.F : nearest);
  }
  float number(std::uint8_t q) const { return static_cast<float>(q - zero) * scale; }
};

/// 256 steps over the range.
ValueScale scale_of(const Range& range);

/// A layer as the kernels want it.
struct QuantizedLayer {
  std::vector<std::int8_t> weights;  ///< as those of Layer
  std::vector<std::int32_t> bias, scale;
  std::int32_t residual_scale = 0, zero_residual = 0, shift = 0, zero_y = 0, low = 0;

  Requantization requantization() const {
    return {bias.data(), scale.data(), residual_scale, zero_residual, shift, zero_y, low};
  }
};

/// @param values  of x, y and residual, by the layer's numbers   @param out  channels as stored
/// @throws DataError where a scale cannot be told in 31 bits: a layer that makes its input very
/// much larger, or is much smaller than what is added to it; for a weight that is not finite
QuantizedLayer quantized(const Layer& layer, const std::vector<ValueScale>& values,
                         std::int64_t out);

}  // namespace certify
