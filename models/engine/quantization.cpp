#include "models/engine/quantization.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "models/engine/filters.h"

namespace certify {
namespace {

constexpr double kMostWeight = 127, kSteps = 255;
constexpr std::int32_t kMostShift = 20;

std::int32_t rounded(double value, const char* what) {
  const double nearest = std::nearbyint(value);
  if (!(std::abs(nearest) <= std::numeric_limits<std::int32_t>::max())) {
    throw DataError("{} of a layer does not fit 8-bit arithmetic: {}", what, value);
  }
  return static_cast<std::int32_t>(nearest);
}

/// The most fractional bits with which a factor stays below `most`.
std::int32_t shift_for(double factor, double most) {
  std::int32_t shift = 0;
  while (shift < kMostShift && std::ldexp(factor, shift + 1) < most) ++shift;
  return shift;
}

}  // namespace

namespace {

/// The next number of eight bits of mantissa away from 0, or the number itself.
std::uint16_t outward(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return static_cast<std::uint16_t>((bits + 0xffff) >> 16);
}

}  // namespace

std::string to_text(const std::vector<std::vector<Range>>& ranges) {
  std::string text;
  for (const auto& program : ranges) {
    if (!text.empty()) text += '/';
    for (const Range& r : program) {
      text += fmt::format("{:04x}{:04x}", outward(r.least), outward(r.most));
    }
  }
  return text;
}

std::vector<std::vector<Range>> parse_ranges(const std::string& text) {
  constexpr std::size_t kDigits = 8;
  std::vector<std::vector<Range>> ranges(1);
  for (std::size_t at = 0; at < text.size(); at += kDigits) {
    if (text[at] == '/') {
      ranges.emplace_back();
      ++at;
    }
    if (at == text.size()) throw DataError("ranges of 8 bits: nothing behind the last '/'");
    std::uint32_t both = 0;
    const char* const first = text.data() + at;
    const char* const end = first + std::min(kDigits, text.size() - at);
    const auto [last, error] = std::from_chars(first, end, both, 16);
    Range range{from_bf16(static_cast<std::uint16_t>(both >> 16)),
                from_bf16(static_cast<std::uint16_t>(both))};
    const bool is_range = range.least <= 0 && range.most >= 0 && std::isfinite(range.least) &&
                          std::isfinite(range.most);
    if (last != first + kDigits || error != std::errc() || !is_range) {
      throw DataError("ranges of 8 bits: '{}' is none", std::string(first, end));
    }
    ranges.back().push_back(range);
  }
  return ranges;
}

ValueScale scale_of(const Range& range) {
  const double width = std::max<double>(range.most, 0) - std::min<double>(range.least, 0);
  if (!(width > 0)) return {1, 0};
  const double scale = width / kSteps;
  return {static_cast<float>(scale),
          static_cast<std::int32_t>(std::nearbyint(-std::min<double>(range.least, 0) / scale))};
}

QuantizedLayer quantized(const Layer& layer, const std::vector<ValueScale>& values,
                         std::int64_t out) {
  const auto value = [&](int number) { return values[static_cast<std::size_t>(number)]; };
  const ValueScale x = value(layer.x), y = value(layer.y);
  const std::size_t size = layer.weights.size() / static_cast<std::size_t>(layer.out);
  QuantizedLayer q;
  q.weights.resize(layer.weights.size());
  q.bias.resize(static_cast<std::size_t>(out));
  q.scale.resize(static_cast<std::size_t>(out));
  std::vector<double> scales(static_cast<std::size_t>(layer.out));  // of sums, in steps of y
  double largest = 0;
  for (std::size_t k = 0; k < scales.size(); ++k) {
    const float* weights = layer.weights.data() + k * size;
    float most = 0;
    bool is_finite = std::isfinite(layer.bias[k]);
    for (std::size_t i = 0; i < size; ++i) {
      most = std::max(most, std::abs(weights[i]));
      is_finite = is_finite && std::isfinite(weights[i]);
    }
    if (!is_finite) throw DataError("a weight of a layer is not finite, which 8 bits cannot tell");
    // Of a channel whose weights are next to nothing the bias counts: it has to fit in 30 bits.
    constexpr double kMostBias = 0x1p29;
    const double of_bias = std::abs(layer.bias[k]) / (x.scale * kMostBias);
    const double of_weights = most / kMostWeight;
    const bool is_dead = of_weights == 0 && of_bias == 0;  // its sums are 0 on any scale
    const double scale = is_dead ? 1 : std::max(of_weights, of_bias);
    std::int64_t sum = 0, largest_sum = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const double nearest = std::nearbyint(weights[i] / scale);
      q.weights[k * size + i] =
          static_cast<std::int8_t>(std::clamp(nearest, -kMostWeight, kMostWeight));
      sum += q.weights[k * size + i];
      largest_sum += 255 * std::abs(std::int64_t{q.weights[k * size + i]});
    }
    q.bias[k] =
        rounded(layer.bias[k] / (x.scale * scale) - static_cast<double>(x.zero * sum), "the bias");
    rounded(std::abs(static_cast<double>(q.bias[k])) + static_cast<double>(largest_sum),
            "the largest sum");
    scales[k] = is_dead ? 0 : x.scale * scale / y.scale;
    largest = std::max(largest, scales[k]);
  }
  const double residual = layer.residual < 0 ? 0 : value(layer.residual).scale / y.scale;
  constexpr double kMostScale = 0x1p-1;     // in 31 bits, as parts of 2^-32
  constexpr double kMostResidual = 0x1p21;  // times 255 steps it leaves room for the sum
  if (!(residual < kMostResidual)) {
    throw DataError(
        "what is added to a layer does not fit 8-bit arithmetic: its steps are {} of "
        "the sum's",
        residual);
  }
  q.shift = std::min(shift_for(largest, kMostScale), shift_for(residual, kMostResidual));
  for (std::size_t k = 0; k < scales.size(); ++k) {
    q.scale[k] = rounded(std::ldexp(scales[k], 32 + q.shift), "the scale");
  }
  if (layer.residual >= 0) {
    q.residual_scale = rounded(std::ldexp(residual, q.shift), "the residual's scale");
    q.zero_residual = value(layer.residual).zero;
  }
  q.zero_y = y.zero;
  q.low = layer.relu ? y.zero : 0;
  return q;
}

}  // namespace certify
