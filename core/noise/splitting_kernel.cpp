// Compiled once for each instruction set: lattice_kernel.cpp.

#include "core/noise/philox_words.h"
#include "core/noise/splitting_quad.h"

namespace certify::CERTIFY_NOISE_PATH {
namespace {

constexpr int kQuads = 32;
constexpr int kBlock = 4 * kQuads;

/// Calls each(first, count, cuts) for the blocks of an image.
template <class Each>
inline void for_each_block(const CellTable& table, std::int64_t size, const NoiseStream& stream,
                           std::uint32_t sample, const Each& each) {
  const NoiseStream own{stream.seed, 0, Phase::kCuts};
  const WordStream s = word_stream(own, 0);
  const std::uint32_t offset = splitting::offset_of(
      table, sample, static_cast<std::uint32_t>(stream.phase), stream.image, s.key0[0], s.key1[0]);
  alignas(64) std::uint32_t words[kBlock];
  alignas(64) std::int32_t cuts[kBlock];
  for (std::int64_t first = 0; first < size; first += kBlock) {
    random_words<kQuads>(static_cast<std::uint32_t>(first / 4), s, words);
    for (int i = 0; i < kBlock; ++i) cuts[i] = splitting::cut_of(table, offset, words[i]);
    each(first, size - first < kBlock ? size - first : kBlock, cuts);
  }
}

}  // namespace

void add_splitting(const CellTable& table, const float* __restrict x, float* __restrict out,
                   std::int64_t size, const NoiseStream& stream, std::uint32_t sample) {
  const CellTable t = table;  // in registers, whatever is written to `out`
  for_each_block(t, size, stream, sample,
                 [&](std::int64_t first, std::int64_t count, const std::int32_t* cuts) {
                   for (std::int64_t i = 0; i < count; ++i) {
                     out[first + i] = splitting::middle(t, cuts[i], x[first + i]);
                   }
                 });
}

void standard_splitting(const CellTable& table, float* __restrict out, std::int64_t size,
                        const NoiseStream& stream, std::uint32_t sample) {
  for_each_block(table, size, stream, sample,
                 [&](std::int64_t first, std::int64_t count, const std::int32_t* cuts) {
                   for (std::int64_t i = 0; i < count; ++i) {
                     out[first + i] = splitting::standard(table, cuts[i]);
                   }
                 });
}

}  // namespace certify::CERTIFY_NOISE_PATH
