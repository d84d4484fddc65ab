// A convolution by its definition, with any window, compiled once for each instruction set: a file
// defines CERTIFY_DIRECT_PATH, and what vectors.h wants, and includes this.
//
// Windows are read where they lie. Those of four neighbouring outputs lie at equal distances, so
// one address and the distance tell all four, and twelve outputs at a time leave registers for
// that.

#ifdef CERTIFY_ENGINE_INT8
#include "models/engine/vectors_int8.h"
#else
#include "models/engine/vectors.h"
#endif

namespace certify {
namespace {

constexpr int kPixels = kTilesOfABlock;     ///< whose sums stay in registers
constexpr std::int64_t kWordsAtOnce = 256;  ///< their filters fit into the first cache

/// kNeighbours outputs in a row.
struct Group {
  const Element* x;  ///< the window of the first
  std::int64_t y;    ///< its place among the outputs, in elements
};

/// The groups of all images, row by row.
class Groups {
 public:
  /// @param neighbours  divide the width
  Groups(const ConvCall& call, std::int64_t neighbours) : call_(call), neighbours_(neighbours) {}
  std::int64_t count() const {
    return call_.images * call_.y.size.height * (call_.y.size.width / neighbours_);
  }
  Group next() {
    const ImageBlock &x = call_.x, &y = call_.y;
    const Window& w = call_.window;
    const Group group{static_cast<const Element*>(x.data) + image_ * x.image +
                          (row_ * w.stride[0] - w.padding[0]) * x.row +
                          (column_ * w.stride[1] - w.padding[1]) * x.channels,
                      image_ * y.image + row_ * y.row + column_ * y.channels};
    column_ += neighbours_;
    if (column_ == y.size.width) column_ = 0, ++row_;
    if (row_ == y.size.height) row_ = 0, ++image_;
    return group;
  }

 private:
  const ConvCall& call_;
  std::int64_t neighbours_, image_ = 0, row_ = 0, column_ = 0;
};

/// Some words of a window's rows.
struct Words {
  std::int64_t rows;             ///< of the window
  std::int64_t next_row;         ///< elements between them
  std::int64_t words;            ///< of each row
  std::int64_t distance;         ///< elements between the windows of neighbours
  const Word* filters;           ///< [row][word][16 lanes]
  std::int64_t next_filter_row;  ///< words to those of the next row
  std::int64_t next_filters;     ///< words to those of the next vector of outputs
};

/// sums [vector][pixel] += [pixel][word] × [word][lane], or = where these are the first.
template <int kVectors, int kNeighbours>
inline void multiply(const Group* at, std::int64_t offset, const Words& w, bool is_first,
                     Sum* sums) {
  constexpr std::int64_t kElements = sizeof(Word) / sizeof(Element);
  Sum sum[kVectors][kPixels];
  for (int n = 0; n < kVectors; ++n) {
    for (int t = 0; t < kPixels; ++t) sum[n][t] = is_first ? Sum{} : sums[n * kPixels + t];
  }
  constexpr int kGroups = kPixels / kNeighbours;
  const Element* x[kGroups];
  for (int g = 0; g < kGroups; ++g) x[g] = at[g].x + offset;
  const Word* row_filters = w.filters;
  for (std::int64_t i = 0; i < w.rows; ++i, row_filters += w.next_filter_row) {
    const Word* filters = row_filters;
    for (std::int64_t word = 0; word < w.words * kElements; word += kElements) {
      for (int g = 0; g < kGroups; ++g) {
        for (int t = 0; t < kNeighbours; ++t) {
          Word a;
          __builtin_memcpy(&a, x[g] + word + t * w.distance, sizeof a);
          for (int n = 0; n < kVectors; ++n) {
            Sum& s = sum[n][g * kNeighbours + t];
            s = dot(a, filters + n * w.next_filters, s);
          }
        }
      }
      filters += kOutputLanes;
    }
    for (const Element*& group : x) group += w.next_row;
  }
  for (int n = 0; n < kVectors; ++n) {
    for (int t = 0; t < kPixels; ++t) sums[n * kPixels + t] = sum[n][t];
  }
}

/// Of the vector of outputs from the k-th on. @param sums  [pixel]
inline void finish_block(const ConvCall& call, const Group* at, std::int64_t groups, std::int64_t k,
                         std::int64_t neighbours, const Sum* sums) {
  const Finish finish(call, k);
  for (std::int64_t g = 0; g < groups; ++g) {
    Element* y = static_cast<Element*>(call.y.data) + at[g].y + k;
    const Sum* const of_group = sums + g * neighbours;
    if (call.residual == nullptr) {
      for (std::int64_t t = 0; t < neighbours; ++t) finish(of_group[t], y + t * call.y.channels);
      continue;
    }
    const Element* residual = static_cast<const Element*>(call.residual->data) + at[g].y + k;
    for (std::int64_t t = 0; t < neighbours; ++t) {
      finish(of_group[t], residual + t * call.y.channels, y + t * call.y.channels);
    }
  }
}

/// Some blocks of groups on their way.
struct Blocks {
  std::int64_t groups;
  const Group* at;  ///< [groups], and kGroups more that are some window
  Sum* sums;        ///< [block][vector][pixel]
};

/// kVectors vectors of outputs from the k-th on. Some words at a time go through all blocks, so
/// that their filters stay in the first cache; sums wait in memory meanwhile.
template <int kVectors, int kNeighbours>
void compute_outputs(const ConvCall& call, const Blocks& blocks, std::int64_t k,
                     const Word* filters, std::int64_t next_filters) {
  constexpr std::int64_t kElements = sizeof(Word) / sizeof(Element);
  constexpr int kGroups = kPixels / kNeighbours;
  const std::int64_t rows = call.window.kernel[0];
  const std::int64_t words = call.window.kernel[1] * call.x.channels / kElements;
  const std::int64_t rows_at_once = words < kWordsAtOnce ? kWordsAtOnce / words : 1;
  for (std::int64_t row = 0; row < rows; row += rows_at_once) {
    for (std::int64_t word = 0; word < words; word += kWordsAtOnce) {
      const std::int64_t rows_left = rows - row, words_left = words - word;
      const Words w{rows_left < rows_at_once ? rows_left : rows_at_once,
                    call.x.row,
                    words_left < kWordsAtOnce ? words_left : kWordsAtOnce,
                    call.window.stride[1] * call.x.channels,
                    filters + (row * words + word) * kOutputLanes,
                    words * kOutputLanes,
                    next_filters};
      const bool is_last = w.rows == rows_left && w.words == words_left;
      Sum* sums = blocks.sums;
      for (std::int64_t first = 0; first < blocks.groups; first += kGroups) {
        const Group* const at = blocks.at + first;
        multiply<kVectors, kNeighbours>(at, row * call.x.row + word * kElements, w,
                                        row == 0 && word == 0, sums);
        const std::int64_t left = blocks.groups - first;
        for (int n = 0; is_last && n < kVectors; ++n) {
          finish_block(call, at, left < kGroups ? left : kGroups, k + n * kLanes, kNeighbours,
                       sums + n * kPixels);
        }
        sums += kVectors * kPixels;
      }
    }
  }
}

/// @param blocks  of pixels at a time
template <int kNeighbours>
void convolve(const ConvCall& call, std::int64_t blocks) {
  constexpr int kVectors = kVectorsAtOnce;
  constexpr std::int64_t kGroups = kPixels / kNeighbours;
  static_assert(sizeof(Group) <= kGroupBytes);
  Sum* sums = static_cast<Sum*>(call.scratch);
  Group* at = reinterpret_cast<Group*>(sums + blocks * kVectors * kPixels);
  Groups all(call, kNeighbours);
  const std::int64_t of_sixteen = call.window.kernel[0] * call.window.kernel[1] * call.x.channels /
                                  static_cast<std::int64_t>(sizeof(Word) / sizeof(Element)) *
                                  kOutputLanes;
  for (std::int64_t left = all.count(); left > 0; left -= blocks * kGroups) {
    const std::int64_t groups = left < blocks * kGroups ? left : blocks * kGroups;
    for (std::int64_t g = 0; g < groups; ++g) at[g] = all.next();
    for (std::int64_t g = 0; g < kGroups; ++g) at[groups + g] = at[0];
    const Blocks some{groups, at, sums};
    const Word* filters = static_cast<const Word*>(call.filters);
    std::int64_t k = 0;
    if constexpr (kVectors > 1) {
      for (; k + kVectors * kLanes <= call.y.channels; k += kVectors * kLanes) {
        compute_outputs<kVectors, kNeighbours>(call, some, k, filters, of_sixteen);
        filters += kVectors * of_sixteen;
      }
    }
    for (; k < call.y.channels; k += kOutputLanes, filters += of_sixteen) {
      for (std::int64_t n = 0; n < kOutputLanes; n += kLanes) {  // 2 of AVX2 are one line
        compute_outputs<1, kNeighbours>(call, some, k + n, filters + n, 0);
      }
    }
  }
}

}  // namespace

/// Filters lie as [out / 16][word][16 lanes]. @param blocks  of pixels at a time
void CERTIFY_DIRECT_PATH(const ConvCall& call, std::int64_t blocks) {
  // As many neighbours as fill a row evenly: a place that is left empty costs as much as an output.
  const std::int64_t width = call.y.size.width;
  if (width % 4 == 0) return convolve<4>(call, blocks);
  if (width % 2 == 0) return convolve<2>(call, blocks);
  convolve<1>(call, blocks);
}

}  // namespace certify
