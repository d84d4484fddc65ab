#pragma once
/// What is kept of soft outputs (softmax or sparsemax rows) for certificates on their means. Memory
/// is a few numbers a sample, or constant, whatever the number of classes.

#include <cstdint>
#include <span>
#include <vector>

namespace certify {

/// Scores in the order drawn: what bounds need that look at one sample after the other.
///
/// A row has columns() entries in [0, 1]: the class under test, each candidate rival, and the
/// largest score of all remaining classes (0 where there is none). The mean of that last column is
/// at least each remaining class's mean, so bounding it bounds them all. Candidates are chosen
/// without looking at these samples (from the n0 ones). A sample without finite logits is the row
/// 0, …, 0, 1: a rival.
struct ScoreTrace {
  int tested = -1;
  std::vector<int> candidates;
  std::vector<float> values;  ///< row-major, [n][columns()]
  /// Mean of each column over the n0 selection samples, which are independent of these; empty when
  /// they were not kept. Only for methods that tune themselves on them.
  std::vector<double> selection_means;

  int columns() const { return static_cast<int>(candidates.size()) + 2; }
  std::int64_t rows() const { return static_cast<std::int64_t>(values.size()) / columns(); }
  bool empty() const { return values.empty(); }
  bool operator==(const ScoreTrace&) const = default;
};

/// How often each score fell into each bin: constant in n, and histograms of shards add up.
/// Rows: the columns of a trace, then (1 + Z) / 2, where Z is the tested class's score minus the
/// largest other. Bin b holds scores in [edge b, edge b+1), the last bin exactly 1.
struct ScoreHistogram {
  int tested = -1;
  std::vector<int> candidates;
  int bins = 0;
  std::vector<std::int64_t> counts;  ///< row-major, [columns() + 1][bins + 1]

  int columns() const { return static_cast<int>(candidates.size()) + 2; }
  bool empty() const { return counts.empty(); }
  std::span<const std::int64_t> row(int r) const {
    const auto width = static_cast<std::size_t>(bins) + 1;
    return std::span(counts).subspan(static_cast<std::size_t>(r) * width, width);
  }
  /// @throws InputError for histograms of other classes or bins.
  void add(const ScoreHistogram& other);
  bool operator==(const ScoreHistogram&) const = default;
};

/// Lower edges of the bins + 1 bins: sin²(π b / (2 bins)) as floats, so that a bin is as wide as
/// the spread that a mean there can have at most, and confident scores are not rounded away. An
/// edge is what scores are compared with: x is in bin b when edge b <= x < edge b+1, in float.
std::vector<float> score_bin_edges(int bins);

/// The columns of a trace from full rows.
/// @param matrix [n][classes], each row in [0, 1] and summing to 1, or all NaN for an invalid
/// sample
/// @throws InputError naming the row that is neither, or a class that does not exist.
ScoreTrace trace_of(std::span<const float> matrix, int classes, int tested,
                    const std::vector<int>& candidates);

/// The histogram of a trace. @throws InputError for bins < 1.
ScoreHistogram histogram_of(const ScoreTrace& trace, int bins);

}  // namespace certify
