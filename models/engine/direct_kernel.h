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
constexpr std::int64_t kLineWords = 16;  // of a cache line, and of what is copied at once

/// What a window reads of one row of an image lies in one piece.
struct Lines {
  explicit Lines(const ConvCall& call)
      : words(call.window.kernel[1] * call.x.channels * static_cast<std::int64_t>(sizeof(Element)) /
              static_cast<std::int64_t>(sizeof(Word))),
        lines((words + kLineWords - 1) / kLineWords),
        of_a_pixel(lines * call.window.kernel[0]) {}
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

template <int kVectors>
[[gnu::always_inline]] inline void multiply_line(const Word* v, const Word* filters,
                                                 std::int64_t word, Sum (&sum)[kVectors][kPixels]) {
#pragma GCC unroll 2
  for (int n = 0; n < kVectors; ++n) {
    for (int t = 0; t < kPixels; ++t) {
      sum[n][t] = dot(v[t * kLineWords + word], filters + n * kLanes, sum[n][t]);
    }
  }
}

/// [pixel][word] × [word][kVectors vectors] = [pixel][kVectors vectors].
template <int kVectors>
[[gnu::always_inline]] inline void multiply_windows(const ConvCall& call, const Lines& l,
                                                    const Word* v, const Word* filters,
                                                    std::int64_t between,
                                                    Sum (&sum)[kVectors][kPixels]) {
  for (int n = 0; n < kVectors; ++n) {
    for (int t = 0; t < kPixels; ++t) sum[n][t] = Sum{};
  }
  for (std::int64_t i = 0; i < call.window.kernel[0]; ++i) {
    std::int64_t left = l.words;
    for (std::int64_t line = 0; line < l.lines; ++line, v += kPixels * kLineWords) {
      const std::int64_t words = left < kLineWords ? left : kLineWords;
      for (std::int64_t word = 0; word < words; ++word, filters += between) {
        multiply_line<kVectors>(v, filters, word, sum);
      }
      left -= words;
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

/// All blocks, for kVectors vectors of outputs.
template <int kVectors>
void multiply_blocks(const ConvCall& call, const Lines& l, const Word* v, const Tile* at,
                     std::int64_t used, std::int64_t k, const Word* filters) {
  const std::int64_t block = l.of_a_pixel * kPixels * kLineWords;
  for (std::int64_t first = 0; first < used; first += kPixels, v += block) {
    Sum sum[kVectors][kPixels];
    multiply_windows<kVectors>(call, l, v, filters, kOutputLanes, sum);
    finish_pixels<kVectors>(call, at + first, used - first < kPixels ? used - first : kPixels, k,
                            sum);
  }
}

}  // namespace

/// Filters lie as [out / 16][word][16 lanes]. @param blocks  of pixels at a time
void CERTIFY_DIRECT_PATH(const ConvCall& call, std::int64_t blocks) {
  const Lines l(call);
  const std::int64_t pixels = call.images * call.y.size.height * call.y.size.width;
  const std::int64_t block = l.of_a_pixel * kPixels * kLineWords;
  Word* v = static_cast<Word*>(call.scratch);  // [block][line][pixel][word]
  Tile* at = reinterpret_cast<Tile*>(v + blocks * block);
  Tiles<1> all_pixels(call.y.size);
  constexpr int kVectors = static_cast<int>(kOutputLanes) / kLanes;  // 2 of AVX2 are one line
  for (std::int64_t first = 0; first < pixels; first += blocks * kPixels) {
    const std::int64_t left = pixels - first;
    const std::int64_t used = left < blocks * kPixels ? left : blocks * kPixels;
    for (std::int64_t t = 0; t < used; ++t) {
      at[t] = all_pixels.next();
      copy_window(call, l, at[t], v + t / kPixels * block + t % kPixels * kLineWords);
    }
    const Word* filters = static_cast<const Word*>(call.filters);
    const std::int64_t of_a_vector = l.words * call.window.kernel[0] * kOutputLanes;
    for (std::int64_t k = 0; k < call.y.channels; k += kOutputLanes, filters += of_a_vector) {
      for (int n = 0; n < kVectors; ++n) {
        multiply_blocks<1>(call, l, v, at, used, k + n * kLanes, filters + n * kLanes);
      }
    }
  }
}

}  // namespace certify
