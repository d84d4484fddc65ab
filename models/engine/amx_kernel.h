// A convolution by its definition on the matrix unit of AMX, which multiplies [16][64 bytes] by
// [64 bytes][16] in sixteen cycles. A file defines CERTIFY_AMX_PATH and the vectors, and includes
// this.
//
// What a window reads of one row of an image lies in one piece of memory, so the rows of a left
// matrix are the windows of sixteen neighbouring outputs as they lie there: they overlap, and
// nothing is copied.

#include <immintrin.h>

#ifdef CERTIFY_ENGINE_INT8
#include "models/engine/vectors_int8.h"
#define CERTIFY_AMX_DOT _tile_dpbusd
#else
#include "models/engine/vectors.h"
#define CERTIFY_AMX_DOT _tile_dpbf16ps
#endif
#include "models/engine/finish_pixels.h"

namespace certify {
namespace {

constexpr int kRows = 16;
constexpr std::int64_t kTileWords = 256;  // [16][16]

/// Sixteen outputs whose windows lie at equal distances.
struct Run {
  std::int64_t x;             ///< of the first window, in its image
  std::int32_t place[kRows];  ///< of each output in its image; negative where it is none
};

/// Of an image, in elements: either parts of its rows, or, with stride 1, all of its memory as if
/// it were one row, with what lies around it computed and dropped. What takes fewer runs.
std::int64_t runs_of(const ConvCall& call, Run* runs) {
  const Window& w = call.window;
  const ImageBlock &x = call.x, &y = call.y;
  const std::int64_t height = y.size.height, width = y.size.width;
  const std::int64_t across = x.row / x.channels;
  const std::int64_t by_rows = height * ((width + kRows - 1) / kRows);
  const std::int64_t flat = ((height - 1) * across + width + kRows - 1) / kRows;
  const bool is_flat = w.stride[0] == 1 && w.stride[1] == 1 && flat < by_rows;
  const std::int64_t origin = -w.padding[0] * x.row - w.padding[1] * x.channels;
  std::int64_t count = 0, row = 0, column = 0;
  while (row < height) {
    Run& run = runs[count++];
    run.x = origin + row * w.stride[0] * x.row + column * w.stride[1] * x.channels;
    for (std::int32_t& place : run.place) {
      const bool inside = row < height && column < width;
      place = inside ? static_cast<std::int32_t>(row * y.row + column * y.channels) : -1;
      ++column;
      if (is_flat && column >= across) column = 0, ++row;
    }
    if (is_flat ? row == height - 1 && column >= width : column >= width) column = 0, ++row;
  }
  return count;
}

/// What a block of matrices reads and writes.
struct Matrices {
  const Element* x[4];
  std::int64_t stride;        ///< between the windows, in bytes
  std::int64_t row;           ///< of the image, in elements
  std::int64_t rows, chunks;  ///< of a window, and of each 64 bytes
  const Word* filters;        ///< [row][chunk][16][16]
  std::int64_t next_filters;  ///< words to those of the next sixteen outputs
  Word* sums;                 ///< [4][16][16], written
};

/// For four sixteens of windows and sixteen outputs, or, with kWindows = 2, for two sixteens of
/// both: sums [window][output].
template <int kWindows>
inline void multiply(const Matrices& m) {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  const Word* filters = m.filters;
  for (std::int64_t i = 0; i < m.rows; ++i) {
    for (std::int64_t c = 0; c < m.chunks; ++c, filters += kTileWords) {
      const std::int64_t at = i * m.row + c * static_cast<std::int64_t>(64 / sizeof(Element));
      _tile_loadd(4, m.x[0] + at, m.stride);
      _tile_loadd(6, filters, 64);
      CERTIFY_AMX_DOT(0, 4, 6);
      if constexpr (kWindows == 2) {
        _tile_loadd(7, filters + m.next_filters, 64);
        CERTIFY_AMX_DOT(1, 4, 7);
        _tile_loadd(5, m.x[1] + at, m.stride);
        CERTIFY_AMX_DOT(2, 5, 6);
        CERTIFY_AMX_DOT(3, 5, 7);
      } else {
        _tile_loadd(5, m.x[1] + at, m.stride);
        CERTIFY_AMX_DOT(1, 5, 6);
        _tile_loadd(4, m.x[2] + at, m.stride);
        CERTIFY_AMX_DOT(2, 4, 6);
        _tile_loadd(5, m.x[3] + at, m.stride);
        CERTIFY_AMX_DOT(3, 5, 6);
      }
    }
  }
  _tile_stored(0, m.sums, 64);
  _tile_stored(1, m.sums + kTileWords, 64);
  _tile_stored(2, m.sums + 2 * kTileWords, 64);
  _tile_stored(3, m.sums + 3 * kTileWords, 64);
}

struct TileConfig {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

/// The runs of all images, one after the other.
class AllRuns {
 public:
  AllRuns(const ConvCall& call, const Run* runs, std::int64_t of_an_image)
      : call_(call), runs_(runs), of_an_image_(of_an_image) {}
  struct Place {
    const Run* run;
    std::int64_t x, y;  ///< of the image
  };
  Place next() {
    const Place place{runs_ + run_, image_ * call_.x.image, image_ * call_.y.image};
    if (++run_ == of_an_image_) run_ = 0, ++image_;
    return place;
  }

 private:
  const ConvCall& call_;
  const Run* runs_;
  std::int64_t of_an_image_, run_ = 0, image_ = 0;
};

/// All windows, kWindows sixteens at a time, for 4 / kWindows sixteens of outputs from the k-th on.
template <int kWindows>
void multiply_all(const ConvCall& call, const Run* runs, std::int64_t of_an_image, std::int64_t k,
                  Matrices& m) {
  constexpr int kOutputs = 4 / kWindows;
  const auto* x = static_cast<const Element*>(call.x.data);
  Element* const y = static_cast<Element*>(call.y.data);
  const Element* const residual =
      call.residual == nullptr ? nullptr : static_cast<const Element*>(call.residual->data);
  const Finish finish[2] = {Finish(call, k), Finish(call, kOutputs == 2 ? k + kOutputLanes : k)};
  AllRuns all(call, runs, of_an_image);
  const std::int64_t total = call.images * of_an_image;
  for (std::int64_t first = 0; first < total; first += kWindows) {
    AllRuns::Place at[kWindows];
    for (int w = 0; w < kWindows; ++w) {
      at[w] = first + w < total ? all.next() : at[0];  // beyond the end the first again, dropped
      m.x[w] = x + at[w].x + at[w].run->x;
    }
    multiply<kWindows>(m);
    for (int w = 0; w < kWindows && first + w < total; ++w) {
      for (int n = 0; n < kOutputs; ++n) {
        const std::int64_t behind = at[w].y + k + n * kOutputLanes;
        const auto* sums = reinterpret_cast<const Sum*>(m.sums + (w * kOutputs + n) * kTileWords);
        finish_pixels<kRows, true>(finish[n], sums, at[w].run->place,
                                   residual == nullptr ? nullptr : residual + behind, y + behind);
      }
    }
  }
}

}  // namespace

/// Filters lie as [out / 16][row of the window][64 bytes of it][16 words][16 lanes].
void CERTIFY_AMX_PATH(const ConvCall& call, std::int64_t) {
  const TileConfig config;
  _tile_loadconfig(&config);
  constexpr std::int64_t kElements = 64 / sizeof(Element);
  Matrices m{};
  m.sums = static_cast<Word*>(call.scratch);
  m.stride = call.window.stride[1] * call.x.channels * static_cast<std::int64_t>(sizeof(Element));
  m.row = call.x.row;
  m.rows = call.window.kernel[0];
  m.chunks = (call.window.kernel[1] * call.x.channels + kElements - 1) / kElements;
  m.next_filters = m.rows * m.chunks * kTileWords;
  Run* runs = reinterpret_cast<Run*>(m.sums + 4 * kTileWords);
  const std::int64_t of_an_image = runs_of(call, runs);
  std::int64_t k = 0;
  for (; k + 2 * kOutputLanes <= call.y.channels; k += 2 * kOutputLanes) {
    m.filters = static_cast<const Word*>(call.filters) + k / kOutputLanes * m.next_filters;
    multiply_all<2>(call, runs, of_an_image, k, m);
  }
  if (k < call.y.channels) {
    m.filters = static_cast<const Word*>(call.filters) + k / kOutputLanes * m.next_filters;
    multiply_all<4>(call, runs, of_an_image, k, m);
  }
  _tile_release();
}

}  // namespace certify
