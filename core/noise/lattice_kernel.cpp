// Compiled once for each instruction set, into a namespace of that name. No header here may define
// an inline function that another file shares, or the linker could keep the AVX-512 copy for
// everyone; hence the anonymous namespace and no <algorithm>.

#include "core/noise/lattice_quad.h"
#include "core/noise/philox_words.h"

namespace certify::CERTIFY_NOISE_PATH {
namespace {

constexpr int kQuads = 32;  // small: where one guess is not sure, all of a block are looked at
constexpr int kBlock = 4 * kQuads;

/// A block of cells. Guesses are made for all at once; what they leave open is decided one by one.
inline void draw_cells(const CellTable& table, std::uint32_t first_quad, const WordStream& s,
                       float* __restrict cells) {
  alignas(64) std::uint32_t words[kBlock];
  random_words<kQuads>(first_quad, s, words);
  std::uint32_t open = 0;
  for (int i = 0; i < kBlock; ++i) {
    cells[i] = lattice::guess_cell(table, words[i]);
    open |= cells[i] == lattice::kUnsure ? 1u : 0u;
  }
  if (open == 0) return;
  constexpr int kFew = 16;  // one comparison of vectors says that none of them is open
  for (int first = 0; first < kBlock; first += kFew) {
    std::uint32_t among = 0;
    for (int i = first; i < first + kFew; ++i) among |= cells[i] == lattice::kUnsure ? 1u : 0u;
    if (among == 0) continue;
    for (int i = first; i < first + kFew; ++i) {
      if (cells[i] != lattice::kUnsure) continue;
      const std::uint32_t quad = first_quad + static_cast<std::uint32_t>(i / 4);
      const std::uint32_t at = lattice::look_up(table, words[i], {quad, s.sample, s.phase, s.image},
                                                s.key0[0], s.key1[0], i % 4);
      cells[i] = static_cast<float>(table.lowest + static_cast<std::int32_t>(at));
    }
  }
}

/// Calls each(first, count, cells) for the blocks of an image.
template <class Each>
inline void for_each_block(const CellTable& table, std::int64_t size, const NoiseStream& stream,
                           std::uint32_t sample, const Each& each) {
  const WordStream s = word_stream(stream, sample);
  alignas(64) float cells[kBlock];
  for (std::int64_t first = 0; first < size; first += kBlock) {
    draw_cells(table, static_cast<std::uint32_t>(first / 4), s, cells);
    each(first, size - first < kBlock ? size - first : kBlock, cells);
  }
}

}  // namespace

void add_lattice(const CellTable& table, const float* __restrict x, float* __restrict out,
                 std::int64_t size, const NoiseStream& stream, std::uint32_t sample) {
  const CellTable t = table;  // in registers, whatever is written to `out`
  const float inverse = 1.0f / t.per_unit;
  for_each_block(table, size, stream, sample,
                 [=](std::int64_t first, std::int64_t count, const float* __restrict cells) {
                   const float* __restrict from = x + first;
                   float* __restrict to = out + first;
                   const auto add = [&](std::int64_t n) {
                     for (std::int64_t i = 0; i < n; ++i) {
                       to[i] =
                           lattice::value_of(t, inverse, lattice::cell_of(t, from[i]) + cells[i]);
                     }
                   };
                   count == kBlock ? add(kBlock) : add(count);
                 });
}

void standard_lattice(const CellTable& table, float* __restrict out, std::int64_t size,
                      const NoiseStream& stream, std::uint32_t sample) {
  for_each_block(
      table, size, stream, sample, [&](std::int64_t first, std::int64_t count, const float* cells) {
        for (std::int64_t i = 0; i < count; ++i) {
          out[first + i] = table.means[static_cast<std::int32_t>(cells[i]) - table.lowest];
        }
      });
}

}  // namespace certify::CERTIFY_NOISE_PATH
