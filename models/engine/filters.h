#pragma once
/// A layer's weights in the order that a kernel reads them.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/engine/kernels.h"
#include "models/engine/layer.h"

namespace certify {

/// The nearest bfloat16; of two, the even one; of what AVX-512 takes for zero, zero. Without
/// branches: images go through it.
inline std::uint16_t to_bf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t nearest = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  const bool is_number = (bits & 0x7fffffff) <= 0x7f800000, is_tiny = (bits & 0x7f800000) == 0;
  return static_cast<std::uint16_t>(!is_number ? bits >> 16 | 0x40
                                    : is_tiny  ? bits >> 16 & 0x8000
                                               : nearest);
}

inline float from_bf16(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

/// Zeros at a multiple of 64 bytes, which vectors are read fastest from.
class AlignedBytes {
 public:
  AlignedBytes() = default;
  explicit AlignedBytes(std::size_t size) : lines_((size + sizeof(Line) - 1) / sizeof(Line)) {}
  void* data() { return lines_.data(); }
  const void* data() const { return lines_.data(); }
  std::size_t size() const { return lines_.size() * sizeof(Line); }

 private:
  struct alignas(64) Line {
    char bytes[64];
  };
  std::vector<Line> lines_;
};

/// Of winograd(): [out / lanes][point][in][lane], of bfloat16 with two neighbours of `in`
/// innermost.
AlignedBytes winograd_filters(const Layer& layer, Arithmetic arithmetic, const Kernels& kernels);

/// Of direct(): [out / 16][row of the window][word][16 lanes][numbers of a word], where a row of
/// the window is its pixels with their channels.
/// @param in,out  channels as they are stored   @param quantized  [out][in][kernel][kernel] for 8
/// bits, else empty
AlignedBytes direct_filters(const Layer& layer, std::int64_t in, std::int64_t out,
                            Arithmetic arithmetic, const Kernels& kernels,
                            const std::vector<std::int8_t>& quantized);

}  // namespace certify
