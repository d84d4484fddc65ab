// A convolution by its definition, with any window, compiled once for each instruction set: a file
// defines CERTIFY_DIRECT_PATH, and what vectors.h wants, and includes this.
//
// The windows of twelve outputs at a time are laid side by side first ("im2col"), so that the sums
// run over memory whose places are known at compile time.

#include "models/engine/tiles.h"
#ifdef CERTIFY_ENGINE_INT8
#include "models/engine/vectors_int8.h"
#else
#include "models/engine/vectors.h"
#endif

namespace certify {
namespace {

constexpr int kPixels = kTilesOfABlock;
constexpr std::int64_t kLineWords = 16;    // of a cache line, and of what is copied at once
constexpr std::int64_t kLinesAtOnce = 16;  // their filters fit into the first cache

/// What a window reads of one row of an image lies in one piece.
struct Lines {
  explicit Lines(const ConvCall& call)
      : words(call.window.kernel[1] * call.x.channels * static_cast<std::int64_t>(sizeof(Element)) /
              static_cast<std::int64_t>(sizeof(Word))),
        lines((words + kLineWords - 1) / kLineWords),
        of_a_pixel(lines * call.window.kernel[0]) {}
  /// Of a pixel's lines, whose last of each piece may have less.
  std::int64_t words_of(std::int64_t line) const {
    const bool is_last = line % lines == lines - 1;
    return is_last ? words - (lines - 1) * kLineWords : kLineWords;
  }
  std::int64_t words, lines, of_a_pixel;
};

/// @param v  [line][pixel][word], at its pixel. Beyond a piece's end it has what lies there.
inline void copy_window(const ConvCall& call, const Lines& l, const Tile& pixel, Word* v) {
  const Window& w = call.window;
  const ImageBlock& x = call.x;
  const Element* from = static_cast<const Element*>(x.data) + pixel.image * x.image +
                        (pixel.top * w.stride[0] - w.padding[0]) * x.row +
                        (pixel.left * w.stride[1] - w.padding[1]) * x.channels;
  for (std::int64_t i = 0; i < w.kernel[0]; ++i, from += x.row) {
    const Element* piece = from;
    for (std::int64_t line = 0; line < l.lines; ++line, v += kPixels * kLineWords) {
      __builtin_memcpy(v, piece, 64);
      piece += 64 / sizeof(Element);
    }
  }
}

/// Lines from first to end: [pixel][word] × [word][lane] = [pixel][lane], for kVectors vectors of
/// outputs, which lie next_filters apart.
template <int kVectors>
[[gnu::always_inline]] inline void multiply_lines(const Lines& l, std::int64_t first,
                                                  std::int64_t end, const Word* v,
                                                  const Word* filters, std::int64_t next_filters,
                                                  Sum (&sum)[kVectors][kPixels]) {
  for (std::int64_t line = first; line < end; ++line, v += kPixels * kLineWords) {
    const std::int64_t words = l.words_of(line);
    for (std::int64_t word = 0; word < words; ++word, filters += kOutputLanes) {
      for (int t = 0; t < kPixels; ++t) {
#pragma GCC unroll 2
        for (int n = 0; n < kVectors; ++n) {
          sum[n][t] = dot(v[t * kLineWords + word], filters + n * next_filters, sum[n][t]);
        }
      }
    }
  }
}

template <int kVectors>
inline void finish_pixels(const ConvCall& call, const Tile* at, std::int64_t used, std::int64_t k,
                          const Sum (&sum)[kVectors][kPixels]) {
  const ImageBlock& y = call.y;
  for (int n = 0; n < kVectors; ++n) {
    const Finish finish(call, k + n * kLanes);
    for (std::int64_t t = 0; t < used; ++t) {
      const std::int64_t place =
          at[t].image * y.image + at[t].top * y.row + at[t].left * y.channels + k + n * kLanes;
      Element* out = static_cast<Element*>(y.data) + place;
      if (call.residual == nullptr) {
        finish(sum[n][t], out);
      } else {
        finish(sum[n][t], static_cast<const Element*>(call.residual->data) + place, out);
      }
    }
  }
}

/// Some blocks of pixels on their way.
struct Blocks {
  std::int64_t used;
  const Word* v;   ///< [block][line][pixel][word]
  const Tile* at;  ///< [used]
  Sum* sums;       ///< [block][vector][pixel]
};

/// kVectors vectors of outputs from the k-th on. Some lines at a time go through all blocks, so
/// that their filters stay in the first cache; sums wait in memory meanwhile.
template <int kVectors>
void compute_outputs(const ConvCall& call, const Lines& l, const Blocks& blocks, std::int64_t k,
                     const Word* filters, std::int64_t next_filters) {
  for (std::int64_t line = 0, end; line < l.of_a_pixel; line = end) {
    end = line + kLinesAtOnce < l.of_a_pixel ? line + kLinesAtOnce : l.of_a_pixel;
    const Word* v = blocks.v + line * kPixels * kLineWords;
    Sum* waiting = blocks.sums;
    for (std::int64_t first = 0; first < blocks.used; first += kPixels) {
      Sum sum[kVectors][kPixels];
      for (int n = 0; n < kVectors; ++n) {
        for (int t = 0; t < kPixels; ++t) sum[n][t] = line == 0 ? Sum{} : waiting[n * kPixels + t];
      }
      multiply_lines<kVectors>(l, line, end, v, filters, next_filters, sum);
      if (end == l.of_a_pixel) {
        const std::int64_t left = blocks.used - first;
        finish_pixels<kVectors>(call, blocks.at + first, left < kPixels ? left : kPixels, k, sum);
      } else {
        for (int n = 0; n < kVectors; ++n) {
          for (int t = 0; t < kPixels; ++t) waiting[n * kPixels + t] = sum[n][t];
        }
      }
      v += l.of_a_pixel * kPixels * kLineWords;
      waiting += kVectors * kPixels;
    }
    for (; line < end; ++line) filters += l.words_of(line) * kOutputLanes;
  }
}

}  // namespace

/// Filters lie as [out / 16][word][16 lanes]. @param blocks  of pixels at a time
void CERTIFY_DIRECT_PATH(const ConvCall& call, std::int64_t blocks) {
  const Lines l(call);
  const std::int64_t pixels = call.images * call.y.size.height * call.y.size.width;
  const std::int64_t block = l.of_a_pixel * kPixels * kLineWords;
  constexpr int kVectors = kVectorsAtOnce;
  Word* v = static_cast<Word*>(call.scratch);
  Sum* sums = reinterpret_cast<Sum*>(v + blocks * block);
  Tile* at = reinterpret_cast<Tile*>(sums + blocks * kVectors * kPixels);
  Tiles<1> all_pixels(call.y.size);
  for (std::int64_t first = 0; first < pixels; first += blocks * kPixels) {
    const std::int64_t left = pixels - first;
    const std::int64_t used = left < blocks * kPixels ? left : blocks * kPixels;
    for (std::int64_t t = 0; t < used; ++t) {
      at[t] = all_pixels.next();
      copy_window(call, l, at[t], v + t / kPixels * block + t % kPixels * kLineWords);
    }
    const Blocks some{used, v, at, sums};
    const Word* filters = static_cast<const Word*>(call.filters);
    const std::int64_t of_sixteen = l.words * call.window.kernel[0] * kOutputLanes;
    std::int64_t k = 0;
    if constexpr (kVectors > 1) {
      for (; k + kVectors * kLanes <= call.y.channels; k += kVectors * kLanes) {
        compute_outputs<kVectors>(call, l, some, k, filters, of_sixteen);
        filters += kVectors * of_sixteen;
      }
    }
    for (; k < call.y.channels; k += kOutputLanes, filters += of_sixteen) {
      for (std::int64_t n = 0; n < kOutputLanes; n += kLanes) {  // 2 of AVX2 are one line
        compute_outputs<1>(call, l, some, k + n, filters + n, 0);
      }
    }
  }
}

}  // namespace certify
