#pragma once
/// The loops over elements of noise of whole cells: for files that are compiled once for each
/// instruction set, which see only what is in the anonymous namespace. @see lattice_kernel.cpp

#include "core/noise/cells_quad.h"
#include "core/noise/philox_words.h"

namespace certify::CERTIFY_NOISE_PATH {
namespace {

constexpr int kQuads = 32;  // small: where one guess is not sure, all of a block are looked at
constexpr int kBlock = 4 * kQuads;

/// A block of cells. Guesses are made for all at once; what they leave open is decided one by one.
template <class Guess>
inline void draw_cells(const CellTable& table, std::uint32_t first_quad, const WordStream& s,
                       float* __restrict drawn) {
  alignas(64) std::uint32_t words[kBlock];
  random_words<kQuads>(first_quad, s, words);
  std::uint32_t open = 0;  // counted: GCC 14 vectorises no loop that joins comparisons by |
  for (int i = 0; i < kBlock; ++i) {
    drawn[i] = cells::guess_cell<Guess>(table, words[i]);
    open += drawn[i] == cells::kUnsure ? 1u : 0u;
  }
  if (open == 0) return;
  constexpr int kFew = 16;  // one comparison of vectors says that none of them is open
  for (int first = 0; first < kBlock; first += kFew) {
    std::uint32_t among = 0;
    for (int i = first; i < first + kFew; ++i) among += drawn[i] == cells::kUnsure ? 1u : 0u;
    if (among == 0) continue;
    for (int i = first; i < first + kFew; ++i) {
      if (drawn[i] != cells::kUnsure) continue;
      const std::uint32_t quad = first_quad + static_cast<std::uint32_t>(i / 4);
      const std::uint32_t at = cells::look_up<Guess>(
          table, words[i], {quad, s.sample, s.phase, s.image}, s.key0[0], s.key1[0], i % 4);
      drawn[i] = static_cast<float>(table.lowest + static_cast<std::int32_t>(at));
    }
  }
}

/// Calls each(first, count, drawn) for the blocks of an image.
template <class Guess, class Each>
inline void for_each_block(const CellTable& table, std::int64_t size, const NoiseStream& stream,
                           std::uint32_t sample, const Each& each) {
  const WordStream s = word_stream(stream, sample);
  alignas(64) float drawn[kBlock];
  for (std::int64_t first = 0; first < size; first += kBlock) {
    draw_cells<Guess>(table, static_cast<std::uint32_t>(first / 4), s, drawn);
    each(first, size - first < kBlock ? size - first : kBlock, drawn);
  }
}

/// NoisePath::add of such a family.
template <class Guess>
inline void add_cells(const CellTable& table, const float* __restrict x, float* __restrict out,
                      std::int64_t size, const NoiseStream& stream, std::uint32_t sample) {
  const CellTable t = table;  // in registers, whatever is written to `out`
  const float inverse = 1.0f / t.per_unit;
  for_each_block<Guess>(table, size, stream, sample,
                        [=](std::int64_t first, std::int64_t count, const float* __restrict drawn) {
                          const float* __restrict from = x + first;
                          float* __restrict to = out + first;
                          const auto add = [&](std::int64_t n) {
                            for (std::int64_t i = 0; i < n; ++i) {
                              to[i] = cells::value_of(t, inverse,
                                                      cells::cell_of(t, from[i]) + drawn[i]);
                            }
                          };
                          count == kBlock ? add(kBlock) : add(count);
                        });
}

/// NoisePath::standard of such a family.
template <class Guess>
inline void standard_cells(const CellTable& table, float* __restrict out, std::int64_t size,
                           const NoiseStream& stream, std::uint32_t sample) {
  for_each_block<Guess>(
      table, size, stream, sample, [&](std::int64_t first, std::int64_t count, const float* drawn) {
        for (std::int64_t i = 0; i < count; ++i) {
          out[first + i] = table.means[static_cast<std::int32_t>(drawn[i]) - table.lowest];
        }
      });
}

}  // namespace
}  // namespace certify::CERTIFY_NOISE_PATH
