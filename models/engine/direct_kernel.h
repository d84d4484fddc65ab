// A convolution by its definition, with any window, compiled once for each instruction set: a file
// defines CERTIFY_DIRECT_PATH, and what vectors.h wants, and includes this.
//
// Windows are read where they lie. Those of four neighbouring outputs lie at equal distances, so
// one address and the distance tell all four.

#ifdef CERTIFY_ENGINE_INT8
#include "models/engine/vectors_int8.h"
#else
#include "models/engine/vectors.h"
#endif
#include "models/engine/finish_pixels.h"

namespace certify {
namespace {

/// Whose sums stay in registers. Of one vector of outputs there are twice as many: at a block's end
/// nothing hides what its last sums take.
template <int kVectors>
constexpr int kPixels = (kTilesOfABlock * kVectorsAtOnce) / kVectors;
constexpr std::int64_t kWordsAtOnce = 128;  ///< whose filters are 8 or 16 KiB of the first cache

/// kNeighbours outputs in a row.
struct Group {
  const Element* x;  ///< the window of the first
  std::int64_t y;    ///< its place among the outputs, in elements
};

/// The groups of all images, row by row.
class Groups {
 public:
  /// @param neighbours  divide the width
  Groups(const ConvCall& call, std::int64_t neighbours)
      : size_{call.y.size.height, call.y.size.width / neighbours},
        count_(call.images * size_.height * size_.width),
        x_(static_cast<const Element*>(call.x.data) - call.window.padding[0] * call.x.row -
           call.window.padding[1] * call.x.channels),
        x_steps_{call.x.image, call.window.stride[0] * call.x.row,
                 neighbours * call.window.stride[1] * call.x.channels},
        y_steps_{call.y.image, call.y.row, neighbours * call.y.channels} {
    for (std::int64_t* steps : {x_steps_, y_steps_}) {  // less what the inner ones went
      steps[0] -= size_.height * steps[1];
      steps[1] -= size_.width * steps[2];
    }
  }
  std::int64_t count() const { return count_; }
  Group next() {
    const Group group{x_, y_};
    go(2);
    if (++column_ < size_.width) return group;
    column_ = 0;
    go(1);
    if (++row_ < size_.height) return group;
    row_ = 0;
    go(0);
    return group;
  }

 private:
  void go(int axis) {
    x_ += x_steps_[axis];
    y_ += y_steps_[axis];
  }

  Size size_;  ///< in groups
  std::int64_t count_;
  const Element* x_;
  std::int64_t y_ = 0, x_steps_[3], y_steps_[3];  ///< image, row, column
  std::int64_t row_ = 0, column_ = 0;
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
/// Not inline: where it is, GCC has no registers left for the sums.
template <int kVectors, int kNeighbours>
[[gnu::noinline]] void multiply(const Group* at, std::int64_t offset, const Words& w, bool is_first,
                                Sum* sums) {
  constexpr std::int64_t kElements = sizeof(Word) / sizeof(Element);
  constexpr int kAll = kPixels<kVectors>, kGroups = kAll / kNeighbours;
  [[maybe_unused]] const ProductMode mode{};
  Sum sum[kVectors][kAll];
  for (int n = 0; n < kVectors; ++n) {
#pragma GCC unroll 24
    for (int t = 0; t < kAll; ++t) sum[n][t] = is_first ? Sum{} : sums[n * kAll + t];
  }
  const Element* x[kGroups];
  for (int g = 0; g < kGroups; ++g) x[g] = at[g].x + offset;
  const Word* row_filters = w.filters;
  for (std::int64_t i = 0; i < w.rows; ++i, row_filters += w.next_filter_row) {
    const Word* filters = row_filters;
    for (std::int64_t word = 0; word < w.words * kElements; word += kElements) {
#pragma GCC unroll 24
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
#pragma GCC unroll 24
    for (int t = 0; t < kAll; ++t) sums[n * kAll + t] = sum[n][t];
  }
}

/// Of a vector of outputs. @param y  the first pixel of all   @param residual  the same, or null
/// @param sums  [pixel]
template <int kNeighbours>
inline void finish_block(const Finish& finish, const Group* at, std::int64_t groups,
                         std::int64_t channels, Element* y, const Element* residual,
                         const Sum* sums) {
  constexpr int kTogether = Finish::kAtOnce < kNeighbours ? kNeighbours : Finish::kAtOnce;
  constexpr int kGroups = kTogether / kNeighbours;
  static_assert(kTilesOfABlock % kTogether == 0);
  for (std::int64_t g = 0; g < groups; g += kGroups, at += kGroups, sums += kTogether) {
    std::int64_t places[kTogether];
    for (int t = 0; t < kTogether; ++t) {
      const int group = t / kNeighbours;
      places[t] = g + group < groups ? at[group].y + t % kNeighbours * channels : -1;
    }
    finish_pixels<kTogether, (kGroups > 1)>(finish, sums, places, residual, y);
  }
}

/// Some blocks of groups on their way.
struct Blocks {
  std::int64_t groups;
  const Group* at;  ///< [groups], and as many more that are some window as a block has
  Sum* sums;        ///< [block][vector][pixel]
};

/// kVectors vectors of outputs from the k-th on. Some words at a time go through all blocks, so
/// that their filters stay in the first cache; sums wait in memory meanwhile.
template <int kVectors, int kNeighbours>
void compute_outputs(const ConvCall& call, const Blocks& blocks, std::int64_t k,
                     const Word* filters, std::int64_t next_filters) {
  constexpr std::int64_t kElements = sizeof(Word) / sizeof(Element);
  constexpr int kAll = kPixels<kVectors>, kGroups = kAll / kNeighbours;
  const std::int64_t rows = call.window.kernel[0];
  const std::int64_t words = call.window.kernel[1] * call.x.channels / kElements;
  const std::int64_t rows_at_once = words < kWordsAtOnce ? kWordsAtOnce / words : 1;
  Finish finish[kVectors];
  for (int n = 0; n < kVectors; ++n) finish[n] = Finish(call, k + n * kLanes);
  Element* const y = static_cast<Element*>(call.y.data) + k;
  const Element* const residual =
      call.residual == nullptr ? nullptr : static_cast<const Element*>(call.residual->data) + k;
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
          const std::int64_t behind = n * kLanes;
          finish_block<kNeighbours>(finish[n], at, left < kGroups ? left : kGroups, call.y.channels,
                                    y + behind, residual == nullptr ? nullptr : residual + behind,
                                    sums + n * kAll);
        }
        sums += kVectors * kAll;
      }
    }
  }
}

/// @param blocks  of pixels at a time
template <int kNeighbours>
void convolve(const ConvCall& call, std::int64_t blocks) {
  constexpr int kVectors = kVectorsAtOnce;
  constexpr std::int64_t kGroups = kPixels<kVectors> / kNeighbours;  // of a block
  constexpr std::int64_t kMostGroups = kPixels<1> / kNeighbours;
  static_assert(sizeof(Group) <= kGroupBytes && kPixels<1> <= 2 * kTilesOfABlock);
  Sum* sums = static_cast<Sum*>(call.scratch);
  Group* at = reinterpret_cast<Group*>(sums + blocks * kVectors * kPixels<kVectors>);
  Groups all(call, kNeighbours);
  const std::int64_t of_sixteen = call.window.kernel[0] * call.window.kernel[1] * call.x.channels /
                                  static_cast<std::int64_t>(sizeof(Word) / sizeof(Element)) *
                                  kOutputLanes;
  for (std::int64_t left = all.count(); left > 0; left -= blocks * kGroups) {
    const std::int64_t groups = left < blocks * kGroups ? left : blocks * kGroups;
    for (std::int64_t g = 0; g < groups; ++g) at[g] = all.next();
    for (std::int64_t g = 0; g < kMostGroups; ++g) at[groups + g] = at[0];
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
